/** What the SDK and the command cost whoever uses them: their start, a declaration's serialization, a deploy without change. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type App, AppSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import {
  CreateRequestSchema,
  CreateResponseSchema,
  GetRequestSchema,
  GetResponseSchema,
} from "@flyte-webhook/idl/flyteidl2/app/app_payload";
import { connect, deploy, FlyteWebhookAppEnvironment, toApp } from "@flyte-webhook/sdk";
import { median, type Row, row } from "./rows.ts";

const COMMAND = fileURLToPath(new URL("../packages/cli/bin/flyte-webhook.js", import.meta.url));
const PLACE = { project: "flytesnacks", domain: "development" };
/** Calls of one kind in one round. */
const CALLS = 100;

/** A declaration such as the guide has: what a person would write for a first webhook. */
const DECLARATION = {
  name: "bench-webhook",
  title: "Bench",
  description: "What people call.",
  resources: { cpu: 1, memory: "512Mi" },
  scaling: { replicas: 1 },
  taskAllowlist: ["production/etl.load"],
} as const;
const SERIALIZE = `
  import { FlyteWebhookAppEnvironment, toApp } from "@flyte-webhook/sdk";
  toApp(new FlyteWebhookAppEnvironment(${JSON.stringify(DECLARATION)}), ${JSON.stringify({ org: "", ...PLACE })});
`;

type Measured = Record<"bare" | "import" | "first" | "help" | "toApp" | "toBinary" | "deploy" | "raw", number[]>;

export async function benchSdk(rounds: number): Promise<Row[]> {
  // Here, so that the programs find the packages.
  const dir = mkdtempSync(join(import.meta.dirname, ".sdk-"));
  const program = (name: string, text: string) => {
    const path = join(dir, `${name}.mjs`);
    writeFileSync(path, text);
    return path;
  };
  const starts = {
    bare: [program("bare", "")],
    import: [program("import", 'import "@flyte-webhook/sdk";')],
    first: [program("first", SERIALIZE)],
    help: [COMMAND, "--help"],
  };
  const plane = await startAppPlane();
  const measured: Measured = {
    bare: [],
    import: [],
    first: [],
    help: [],
    toApp: [],
    toBinary: [],
    deploy: [],
    raw: [],
  };
  try {
    const environment = new FlyteWebhookAppEnvironment(DECLARATION);
    const controlPlane = connect({ endpoint: plane.origin, ...PLACE });
    await deploy(environment, { controlPlane });
    const app = toApp(environment, { org: "", ...PLACE });
    const work = {
      toApp: () => toApp(environment, { org: "", ...PLACE }),
      toBinary: () => toBinary(AppSchema, app),
      deploy: () => deploy(environment, { controlPlane }),
      raw: rawGet(plane.origin, app),
    };
    plane.calls.length = 0;
    await work.deploy();
    if (plane.calls.join() !== "Get") throw new Error(`a deploy without change calls ${plane.calls.join(", ")}`);
    for (const call of Object.values(work)) await medianOf(call);
    for (let round = 0; round < rounds; round++) {
      const inOrder = <T>(all: T[]) => (round % 2 === 0 ? all : all.reverse());
      for (const name of inOrder(Object.keys(starts) as (keyof typeof starts)[])) {
        measured[name].push(start(starts[name]));
      }
      for (const name of inOrder(Object.keys(work) as (keyof typeof work)[])) {
        measured[name].push(await medianOf(work[name]));
      }
      process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    }
    await controlPlane.close();
  } finally {
    plane.close();
    rmSync(dir, { recursive: true, force: true });
  }
  // Of starts the least counts: whatever else the machine does only adds to them.
  const least = (name: keyof typeof starts) => [Math.min(...measured[name])];
  return [
    row("import sdk", "ms", least("import"), "bare node", least("bare")),
    row("first toApp", "ms", least("first"), "bare node", least("bare")),
    row("command --help", "ms", least("help"), "bare node", least("bare")),
    row("toApp", "ms", measured.toApp, "toBinary", measured.toBinary),
    row("deploy without change", "ms", measured.deploy, "raw Get", measured.raw),
  ];
}

/** Milliseconds from the spawn of a program to its end. */
function start(args: readonly string[]): number {
  const begun = performance.now();
  execFileSync(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  return performance.now() - begun;
}

/** Milliseconds of one call, the median of many. */
async function medianOf(call: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < CALLS; index++) {
    const begun = performance.now();
    await call();
    times.push(performance.now() - begun);
  }
  return median(times);
}

/** A control plane that keeps one app, as it was created, and the names of the methods that were called. */
async function startAppPlane() {
  let app: App | undefined;
  const calls: string[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const method = incoming.url?.split("/").at(-1) ?? "";
    calls.push(method);
    if (method === "Create") app = fromBinary(CreateRequestSchema, Buffer.concat(chunks)).app;
    if (app === undefined) {
      response.writeHead(404, { "content-type": "application/json" }).end('{"code":"not_found"}');
      return;
    }
    const body =
      method === "Create"
        ? toBinary(CreateResponseSchema, create(CreateResponseSchema, { app }))
        : toBinary(GetResponseSchema, create(GetResponseSchema, { app }));
    response.writeHead(200, { "content-type": "application/proto", "content-length": body.length });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The call that a deploy without change makes, by node:http alone: the bytes go and the answer's bytes come. */
function rawGet(origin: string, { metadata }: App): () => Promise<Buffer> {
  if (metadata?.id === undefined) throw new Error("the app has no id");
  const identifier = { case: "appId" as const, value: metadata.id };
  const body = toBinary(GetRequestSchema, create(GetRequestSchema, { identifier }));
  const agent = new Agent({ keepAlive: true });
  const headers = { "content-type": "application/proto", "content-length": body.length };
  return () =>
    new Promise((resolve, reject) => {
      const sent = request(`${origin}/flyteidl2.app.AppService/Get`, { method: "POST", agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(Buffer.concat(chunks)));
      });
      sent.on("error", reject);
      sent.end(body);
    });
}
