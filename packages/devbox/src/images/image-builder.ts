import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { BUILDERS, type Builder, type BuilderName } from "@flyte-webhook/core";
import { findExecutable } from "../tasks/find-executable.ts";

/** Who builds images: the first program that is there, a certain one, or nobody. */
export type ImageBuilderChoice = "auto" | BuilderName | "none";

/** On every image that the devbox has built: no other is told of. */
export const LABEL = "org.flyte.devbox=build-image";

export interface Ran {
  /** Undefined when the program cannot be started. */
  readonly code: number | null | undefined;
  readonly lines: readonly string[];
}

/** Runs a program to its end; `onLine` is told what it prints, as it comes. */
export function runProgram(
  program: string,
  args: readonly string[],
  { onLine, path }: { onLine?: (line: string) => void; path?: string } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const lines: string[] = [];
    const env = { ...process.env, ...(path !== undefined && { PATH: path }) };
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        onLine?.(line);
      });
    }
    child.on("error", () => resolve({ code: undefined, lines }));
    child.on("close", (code) => resolve({ code, lines }));
  });
}

/** Whether a builder's program is there at all; whether it can build is found out when it is needed. */
export function hasImageBuilder(choice: ImageBuilderChoice, path: string): boolean {
  return candidates(choice).some(({ program }) => findExecutable(program, path, ".") !== undefined);
}

function candidates(choice: ImageBuilderChoice): Builder[] {
  if (choice === "none") return [];
  return choice === "auto" ? Object.values(BUILDERS) : [BUILDERS[choice]];
}

/**
 * The builder of this machine, if there is one that answers. A docker without its daemon is none: it has buildx, and
 * builds nothing.
 */
export async function findImageBuilder(choice: ImageBuilderChoice, path?: string): Promise<Builder | undefined> {
  for (const builder of candidates(choice)) {
    const answers = async (args: readonly string[]) =>
      (await runProgram(builder.program, args, path === undefined ? {} : { path })).code === 0;
    if ((await answers(builder.probe)) && (await answers(builder.list(LABEL)))) return builder;
  }
  return undefined;
}

/** The full reference of an image that was built here, by `name:tag`, whatever registry is in front of it. */
export async function findBuiltImage(builder: Builder, name: string, path?: string): Promise<string | undefined> {
  const { code, lines } = await runProgram(builder.program, builder.list(LABEL), path === undefined ? {} : { path });
  if (code !== 0) throw new Error(`${builder.program} cannot list its images: ${lines.at(-1) ?? "it printed nothing"}`);
  return lines.find((line) => line === name || line.endsWith(`/${name}`));
}
