/** A control plane in front of another that answers one RPC of a request wrongly: which and how, its bearer token names. */
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ConnectCodeName } from "@flyte-webhook/core";
import { CONNECT_STATUS } from "../../golden/http/stub-control-plane.ts";
import { answerWith, endStream, type GoodAnswer, type StreamFault, streamWith, type WireFault } from "./fault.ts";

export type Fault =
  | { readonly code: ConnectCodeName }
  | { readonly wire: WireFault }
  /** Of an RPC that streams. */
  | { readonly stream: StreamFault };

export interface FaultyPlane {
  /** host:port */
  readonly host: string;
  /** Sets what is wrong for the requests of a caller; `rpc` is `Service/Method`. */
  setFault(token: string, rpc: string, fault: Fault): void;
  /** The RPCs that a caller's requests made, in order, retries included. */
  callsOf(token: string): readonly string[];
  close(): void;
}

/** What an error says that no answer of a webhook may repeat. */
export const SECRET = "10.0.0.1: secret";

export async function startFaultyPlane(upstream: string): Promise<FaultyPlane> {
  const agent = new Agent({ keepAlive: true });
  const calls = new Map<string, string[]>();
  const faults = new Map<string, { rpc: string; fault: Fault }>();

  const server = createServer(async (request, response) => {
    const body = await read(request).catch(() => undefined);
    if (body === undefined) return;
    const token = (request.headers.authorization ?? "").replace("Bearer ", "");
    const rpc = (request.url ?? "").replace(/^\/.*\.(\w+\/\w+)$/, "$1");
    calls.set(token, [...(calls.get(token) ?? []), rpc]);
    const set = faults.get(token);
    const fault = set?.rpc === rpc ? set.fault : undefined;
    const type = request.headers["content-type"] ?? "";
    if (fault && "code" in fault && type.includes("connect+")) {
      return endStream(response, type, { code: fault.code, message: SECRET });
    }
    if (fault && "code" in fault) {
      const text = JSON.stringify({ code: fault.code, message: SECRET });
      return void response
        .writeHead(CONNECT_STATUS[fault.code] ?? 500, { "content-type": "application/json" })
        .end(text);
    }
    const ok = await forward(agent, upstream, request, body);
    if (fault && "stream" in fault) streamWith(fault.stream, response, ok);
    else if (fault) answerWith(fault.wire, response, ok);
    else response.writeHead(ok.status, { "content-type": ok.type }).end(ok.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    setFault: (token, rpc, fault) => void faults.set(token, { rpc, fault }),
    callsOf: (token) => calls.get(token) ?? [],
    close() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function forward(agent: Agent, host: string, { url, headers }: IncomingMessage, body: Buffer) {
  const [hostname, port] = host.split(":");
  return new Promise<GoodAnswer>((resolve, reject) => {
    const call = httpRequest({ agent, hostname, port, path: url, method: "POST", headers }, async (answer) => {
      const status = answer.statusCode ?? 0;
      resolve({ status, type: answer.headers["content-type"] ?? "", body: await read(answer) });
    });
    call.on("error", reject);
    call.end(body);
  });
}

/** An app, or a store, that answers everything with JSON, or as it is told. */
export async function startFaultyTarget() {
  const target = { host: "", fault: undefined as WireFault | undefined, requests: 0, close: () => {} };
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    // A caller that breaks off has no answer.
    if ((await read(request).catch(() => undefined)) === undefined) return;
    target.requests++;
    const ok = { status: 200, type: "application/json", body: Buffer.from('{"pong":true}') };
    if (target.fault) answerWith(target.fault, response, ok);
    else response.writeHead(200, { "content-type": ok.type }).end(ok.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  target.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  target.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return target;
}
