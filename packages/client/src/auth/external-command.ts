import { execFile } from "node:child_process";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { ReadAuthMetadata } from "./auth-metadata.ts";
import { bearer } from "./oauth.ts";
import type { Minted } from "./token-cache.ts";

/** Milliseconds that the command may take. */
const TIMEOUT_MS = 60_000;

/**
 * A token from a program of the user's: its output, trimmed. It is used until the control plane refuses it. Throws
 * `unauthenticated` when the program fails or says nothing; no error shows what it printed as its output.
 */
export async function tokenOfCommand(command: readonly string[], metadata: ReadAuthMetadata): Promise<Minted> {
  const [program, ...args] = command;
  if (!program) throw new FlyteWebhookError("invalid_config", "authType ExternalCommand needs a command");
  const [token, known] = await Promise.all([
    new Promise<string>((resolve, reject) => {
      execFile(program, args, { timeout: TIMEOUT_MS, encoding: "utf8" }, (error, stdout, stderr) => {
        if (!error && stdout.trim() !== "") return resolve(stdout.trim());
        const why = error
          ? (stderr.trim().split("\n").at(-1) ?? "") || (error.code ?? error.signal)
          : "it prints nothing";
        reject(new FlyteWebhookError("unauthenticated", `the command ${program} gives no token: ${why}`));
      });
    }),
    metadata(),
  ]);
  return { token: bearer(known?.header ?? "authorization", token), expiresInMs: Number.POSITIVE_INFINITY };
}
