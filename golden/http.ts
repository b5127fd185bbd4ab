/** Runs exchange files against the real service: a webhook on a port per configuration, a stub control plane behind it. */
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { fileURLToPath } from "node:url";
import { createConnection } from "@flyte-webhook/client";
import { inClusterConfig } from "@flyte-webhook/client/in-cluster";
import { parseJson } from "@flyte-webhook/literals";
import { createWebhookApp, type Serving, serve } from "@flyte-webhook/runtime";
import { FlyteWebhookAppEnvironment, toWebhookSpec } from "@flyte-webhook/sdk";
import { check } from "./http/check.ts";
import type { ExchangeConfig, ExchangeFile, ExchangeRequest, ExchangeRow } from "./http/exchange.ts";
import { type StubControlPlane, startStubControlPlane } from "./http/stub-control-plane.ts";
import { startTargetListener, type TargetListener } from "./http/target-listener.ts";
import { readTls } from "./http/tls.ts";
import { printFailures, type Tally } from "./report.ts";

/** A port of the system that no program takes; one that was free a moment ago may be taken by the next listener. */
const CLOSED = "127.0.0.1:1";
const TLS = fileURLToPath(new URL("./http/tls/", import.meta.url));

/** Milliseconds that `wait=true` waits in these runs, so that the rows of an app that never comes up end soon. */
const WAIT_MS = 3000;

/** Runs the rows of the files; `onRow` is told of each, with what is wrong with it and the body of its answer. */
export async function runHttp(
  files: readonly string[],
  onRow: (row: ExchangeRow, problems: readonly string[], json: unknown) => void = () => {},
): Promise<Tally> {
  const plane = await startStubControlPlane(readTls());
  const [target, other] = [await startTargetListener(), await startTargetListener()];
  const placeholders: Readonly<Record<string, string>> = {
    "{{CP}}": plane.plain,
    "{{CP_IP}}": plane.plain.replace("localhost", "127.0.0.1"),
    "{{CP_TLS}}": plane.tls,
    "{{CA}}": `${TLS}ca.pem`,
    "{{TARGET}}": target.host,
    "{{OTHER}}": other.host,
    "{{CLOSED}}": CLOSED,
  };
  const fill = <T>(value: T): T => {
    const text = JSON.stringify(value);
    return text === undefined
      ? value
      : (JSON.parse(text.replace(/\{\{[A-Z_]+\}\}/g, (name) => placeholders[name] ?? name)) as T);
  };
  const rig: Rig = { plane, target, other, fill, webhooks: new Map() };
  const tally: Tally = { passed: 0, failed: 0 };
  try {
    for (const path of files) {
      const file = JSON.parse(readFileSync(path, "utf8")) as ExchangeFile;
      target.answers = fill(file.meta.targetListener.paths);
      for (const row of file.rows) {
        const { problems, json } = await runRow(rig, file, row).catch((error: unknown) => ({
          problems: [`runner: ${String(error)}`],
          json: undefined,
        }));
        onRow(row, problems, json);
        if (problems.length === 0) tally.passed++;
        else {
          tally.failed++;
          printFailures(row.endpoint ?? "service", row.id, problems);
        }
      }
    }
  } finally {
    await Promise.all([...rig.webhooks.values()].map((webhook) => webhook.drain(0)));
    for (const one of [plane, target, other]) one.close();
  }
  return tally;
}

interface Rig {
  readonly plane: StubControlPlane;
  readonly target: TargetListener;
  readonly other: TargetListener;
  readonly fill: <T>(value: T) => T;
  /** One webhook per configuration, started when first needed. */
  readonly webhooks: Map<string, Serving>;
}

async function runRow(rig: Rig, file: ExchangeFile, row: ExchangeRow): Promise<{ problems: string[]; json: unknown }> {
  const { plane, target, other, fill } = rig;
  const webhook = rig.webhooks.get(row.config) ?? (await start(fill(file.configs[row.config] as ExchangeConfig)));
  rig.webhooks.set(row.config, webhook);
  plane.setWorld({ ...file.world, ...row.world }, fill);
  let before: unknown;
  for (const request of row.before ?? []) before = parsed((await send(webhook.port, fill(request))).text);
  const request = fill(row.request);
  for (const log of [plane.calls, target.requests, other.requests]) log.length = 0;
  const answer = await send(webhook.port, request);
  const json = parsed(answer.text);
  const problems = check(fill(row.ours), request, {
    ...answer,
    json,
    before,
    calls: plane.calls,
    target: target.requests,
    other: other.requests,
  });
  return { problems, json };
}

/** The service of a declaration, with the control plane told by the environment as a platform does. */
async function start({ options, environ }: ExchangeConfig): Promise<Serving> {
  const scope = {
    org: environ._U_ORG_NAME ?? "",
    project: environ.FLYTE_INTERNAL_EXECUTION_PROJECT ?? "",
    domain: environ.FLYTE_INTERNAL_EXECUTION_DOMAIN ?? "",
  };
  const spec = toWebhookSpec(new FlyteWebhookAppEnvironment(options as never), scope);
  const connection = createConnection({ ...inClusterConfig(environ), ...scope });
  return serve(createWebhookApp(spec, { connection, limits: { waitMs: WAIT_MS } }), { port: 0, hostname: "127.0.0.1" });
}

/** Sends a request as the row has it: the path is not normalised, a header may occur twice. */
function send(port: number, { method, path, headers, headerList, body, rawBody }: ExchangeRequest) {
  const payload = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const list = [...(headerList ?? Object.entries(headers))].flat();
  if (payload !== undefined) list.push("content-length", String(Buffer.byteLength(payload)));
  list.push("host", `127.0.0.1:${port}`);
  return new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; text: string }>(
    (resolve, reject) => {
      const request = httpRequest(
        { host: "127.0.0.1", port, method, path, headers: list as never, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
          response.on("error", reject);
        },
      );
      request.setTimeout(130_000, () => request.destroy(new Error("no answer in 130 s")));
      request.on("error", reject);
      request.end(payload);
    },
  );
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
