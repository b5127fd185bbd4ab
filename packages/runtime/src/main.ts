/**
 * The program that a webhook's container runs: `node webhook.mjs --spec …`. It boots from that spec and the platform's
 * environment alone, listens on `PORT` of all addresses, and drains on SIGTERM.
 */

import { createConnection } from "@flyte-webhook/client/connection";
import { inClusterConfig } from "@flyte-webhook/client/in-cluster";
import { FlyteWebhookError, renderError } from "@flyte-webhook/core";
import { serve } from "./serve.ts";
import { specFromArguments } from "./spec-argument.ts";
import { createWebhookApp } from "./webhook-app.ts";

/** Milliseconds that requests in flight get after SIGTERM; Kubernetes kills after 30 s. */
const DRAIN_MS = 25_000;
/** Milliseconds after which routes are loaded ahead of their first request, when none came before. */
const WARM_AFTER_MS = 150;

const log = (entry: Record<string, unknown>): void => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
};

async function main(): Promise<void> {
  const spec = specFromArguments(process.argv.slice(2));
  const { org, project, domain, consoleUrl } = spec;
  const config = inClusterConfig(process.env);
  const connection = createConnection({
    ...config,
    org: org || process.env._U_ORG_NAME,
    project,
    domain,
    consoleUrl,
  });
  const app = createWebhookApp(spec, {
    connection,
    // Apps and the store are behind the same authorities as the control plane.
    network: { ca: config.ca, insecureSkipVerify: config.insecureSkipVerify },
    onError: (error, request) =>
      log({ level: "error", code: error.code, message: error.message, stack: stackOf(error), ...request }),
  });
  const serving = await serve(app, { port: portOf(process.env.PORT) ?? spec.port, hostname: "0.0.0.0" });
  log({ level: "info", message: "listening", name: spec.name, port: serving.port });
  setTimeout(
    () => app.warm().catch((error: unknown) => log({ level: "error", message: String(error) })),
    WARM_AFTER_MS,
  ).unref();

  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log({ level: "info", message: "draining", signal });
    await serving.drain(DRAIN_MS);
    await connection.close();
    process.exit(0);
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new FlyteWebhookError("invalid_config", `PORT is ${JSON.stringify(text)}, which is no port`);
}

/** Only a bug needs its stack; what a control plane answered is told by its code and text. */
function stackOf(error: FlyteWebhookError): string | undefined {
  return error.code === "bug" && error.cause instanceof Error ? error.cause.stack : undefined;
}

main().catch((error: unknown) => {
  process.stderr.write(`flyte-webhook: ${renderError(FlyteWebhookError.from(error)).replaceAll("\n", " ")}\n`);
  process.exit(1);
});
