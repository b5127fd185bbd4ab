import { createRequire } from "node:module";
import { relative } from "node:path";
import { pathToFileURL } from "node:url";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { AppEnvironment } from "@flyte-webhook/sdk";
import { findDeclarationFiles } from "./find-files.ts";
import { inOrder } from "./order.ts";

export type Sdk = typeof import("@flyte-webhook/sdk");

export interface Declarations {
  /** The SDK that the declarations are made with: that of their project, not the command's own. */
  readonly sdk: Sdk;
  /** Each after what it depends on. */
  readonly environments: readonly AppEnvironment[];
  readonly files: readonly string[];
}

export interface LoadOptions {
  readonly files: readonly string[];
  /** Names of exports or apps that are meant; all when empty. */
  readonly names: readonly string[];
  readonly cwd: string;
}

interface Found {
  readonly exported: string;
  readonly environment: AppEnvironment;
}

/**
 * The declarations that files export, alone or in lists, in the order of deployment. TypeScript runs as it is.
 * Throws `invalid_declaration` for a file that is not there, cannot be loaded or exports none, and a name that none has.
 */
export async function loadDeclarations({ files, names, cwd }: LoadOptions): Promise<Declarations> {
  const paths = findDeclarationFiles(files, cwd);
  const found: Found[] = [];
  let sdk: Sdk | undefined;
  for (const path of paths) {
    const own = await sdkOf(path);
    if (sdk && own !== sdk) {
      throw new FlyteWebhookError("invalid_declaration", "the files are of projects with different copies of the SDK", {
        hint: "Deploy them one after the other.",
      });
    }
    sdk = own;
    found.push(...(await declarationsOf(path, own, relative(cwd, path) || path)));
  }
  const chosen = names.length === 0 ? found : names.flatMap((name) => named(name, found));
  return { sdk: sdk as Sdk, environments: inOrder(chosen.map(({ environment }) => environment)), files: paths };
}

async function declarationsOf(path: string, { AppEnvironment }: Sdk, shown: string): Promise<Found[]> {
  const exports = await importFile(path, shown);
  const found = Object.entries(exports).flatMap(([exported, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((environment) =>
      environment instanceof AppEnvironment ? [{ exported, environment }] : [],
    ),
  );
  if (found.length > 0) return found;
  const others = Object.keys(exports);
  throw new FlyteWebhookError("invalid_declaration", `${shown} exports no app environment`, {
    hint: `Export a FlyteWebhookAppEnvironment from it${others.length > 0 ? `; it exports ${others.join(", ")}` : ""}.`,
  });
}

function named(name: string, found: readonly Found[]): Found[] {
  const chosen = found.filter(({ exported, environment }) => exported === name || environment.name === name);
  if (chosen.length > 0) return chosen;
  const all = found.map(({ exported, environment }) => `${exported} (${environment.name})`).join(", ");
  throw new FlyteWebhookError("invalid_declaration", `nothing that is exported is called ${name}`, {
    hint: `There is ${all}.`,
  });
}

async function importFile(path: string, shown: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    if (cause instanceof Error && cause.name === "FlyteWebhookError") throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const at = placeIn(cause, path);
    throw new FlyteWebhookError("invalid_declaration", `${shown}${at} cannot be loaded: ${message}`, {
      cause,
      hint: hintOf((cause as { code?: unknown } | null)?.code),
    });
  }
}

/** `:3:7`, where the file's own code threw, or the parser stopped. */
function placeIn(cause: unknown, path: string): string {
  const stack = cause instanceof Error ? (cause.stack ?? "") : "";
  const start = stack.indexOf(path);
  return start < 0 ? "" : (/^(:\d+)+/.exec(stack.slice(start + path.length))?.[0] ?? "");
}

function hintOf(code: unknown): string {
  switch (code) {
    case "ERR_MODULE_NOT_FOUND":
      return "Run `npm install` in its project; a relative import is written with its ending (./other.ts).";
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return "Node runs TypeScript whose types can be left out: no enums, namespaces or parameter properties.";
    default:
      return "It runs as it is; try `node` with the file.";
  }
}

/** The SDK as the file itself would import it; the command's own where it would find none. */
async function sdkOf(path: string): Promise<Sdk> {
  try {
    const resolved = createRequire(path).resolve("@flyte-webhook/sdk");
    return (await import(pathToFileURL(resolved).href)) as Sdk;
  } catch {
    return import("@flyte-webhook/sdk");
  }
}
