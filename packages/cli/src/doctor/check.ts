import type { Paint, Style } from "../output.ts";

/** One thing that was looked at. */
export interface Check {
  readonly name: "versions" | "config" | "endpoint" | "tls" | "clock" | "auth" | "project" | "permissions";
  /** `skipped`: what it needs failed already, or there is nothing to check. */
  readonly status: "ok" | "warning" | "failed" | "skipped";
  /** What was found. */
  readonly message: string;
  /** How to mend it; present when it is not well. */
  readonly mend?: string | undefined;
}

export type Finding = Omit<Check, "name">;

export const ok = (message: string): Finding => ({ status: "ok", message });
export const skipped = (message: string): Finding => ({ status: "skipped", message });
export const warning = (message: string, mend: string): Finding => ({ status: "warning", message, mend });
export const failed = (message: string, mend: string): Finding => ({ status: "failed", message, mend });

const SIGNS = {
  ok: ["ok", "green"],
  warning: ["warning", "yellow"],
  failed: ["failed", "red"],
  skipped: ["skipped", "dim"],
} as const satisfies Record<Check["status"], readonly [string, Style]>;

export function renderCheck({ name, status, message, mend }: Check, paint: Paint): string {
  const [word, style] = SIGNS[status];
  const line = `${paint(style, word.padEnd(7))}  ${name.padEnd(11)}  ${message}`;
  return mend ? `${line}\n${" ".repeat(22)}${mend}` : line;
}
