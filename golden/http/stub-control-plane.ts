/** A control plane that answers as a row says: Connect unary and server streams, binary or JSON, over HTTP or TLS. */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import {
  type DescMethod,
  type DescService,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { AuthMetadataService } from "@flyte-webhook/idl/flyteidl2/auth/auth_service";
import { IdentityService } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { ClusterService } from "@flyte-webhook/idl/flyteidl2/cluster/service";
import { DataProxyService } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { ImageService } from "@flyte-webhook/idl/flyteidl2/imagebuilder/service";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { TriggerService } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_service";
import { RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";

const SERVICES: readonly DescService[] = [
  AppService,
  AuthMetadataService,
  IdentityService,
  ClusterService,
  DataProxyService,
  ImageService,
  TaskService,
  TriggerService,
  RunService,
];

export interface Reply {
  readonly ok?: JsonValue;
  readonly error?: { code: string; message: string };
  readonly stream?: JsonValue[];
  readonly http?: { status: number; content_type?: string; body: string };
  readonly when?: JsonValue;
}
export type World = Readonly<Record<string, readonly Reply[]>>;

/** One RPC as it arrived. */
export interface Call {
  /** `Service/Method` without the package. */
  readonly rpc: string;
  readonly request: JsonValue;
  readonly headers: IncomingMessage["headers"];
}

export interface StubControlPlane {
  /** host:port of the plain and of the TLS listener. */
  readonly plain: string;
  readonly tls: string;
  /** The calls since they were last cleared. */
  readonly calls: Call[];
  /** Sets the replies; `fill` replaces the placeholders that are the same for every request. */
  setWorld(world: World, fill: <T>(value: T) => T): void;
  close(): void;
}

export async function startStubControlPlane(tls: { key: string; cert: string }): Promise<StubControlPlane> {
  const calls: Call[] = [];
  let world: World = {};
  let fillRow = <T>(value: T): T => value;
  const used = new Map<string, number>();

  const pick = (rpc: string, request: JsonValue): Reply | undefined => {
    const replies = world[rpc] ?? [];
    const matching = replies.find((reply) => reply.when !== undefined && contains(request, fillRow(reply.when)));
    if (matching) return matching;
    const plain = replies.filter((reply) => reply.when === undefined);
    const index = Math.min(used.get(rpc) ?? 0, plain.length - 1);
    used.set(rpc, index + 1);
    return plain[index];
  };

  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const method = methodOf(request.url ?? "");
      if (!method) return void response.writeHead(404).end("404 page not found");
      const streaming = method.methodKind !== "unary";
      const type = request.headers["content-type"] ?? "";
      const message = decode(method, Buffer.concat(chunks), type, streaming, request.headers["content-encoding"]);
      const rpc = `${method.parent.typeName.split(".").at(-1)}/${method.name}`;
      calls.push({ rpc, request: message, headers: request.headers });
      try {
        answer(response, method, type, pick(rpc, message), (value) => fillRequest(fillRow(value), message));
      } catch (error) {
        // A reply that is no message of the RPC is the fault of one row, not the end of the run.
        response.writeHead(500, { "content-type": "text/plain" }).end(`${rpc}: ${String(error)}`);
      }
    });
  };
  const servers = [createHttpServer(listener), createTlsServer(tls, listener)] as const;
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))));
  const port = (server: (typeof servers)[number]) => (server.address() as AddressInfo).port;
  return {
    plain: `localhost:${port(servers[0])}`,
    tls: `localhost:${port(servers[1])}`,
    calls,
    setWorld(next, fill) {
      world = next;
      fillRow = fill;
      used.clear();
    },
    close() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

function methodOf(path: string): DescMethod | undefined {
  const [, service, name] = /^\/([\w.]+)\/(\w+)$/.exec(path) ?? [];
  return SERVICES.find((one) => one.typeName === service)?.methods.find((method) => method.name === name);
}

function decode(
  method: DescMethod,
  body: Buffer,
  type: string,
  streaming: boolean,
  encoding: string | undefined,
): JsonValue {
  const raw = streaming ? body.subarray(5) : encoding === "gzip" ? gunzipSync(body) : body;
  if (type.includes("json")) return raw.length === 0 ? {} : (JSON.parse(raw.toString()) as JsonValue);
  return toJson(method.input, fromBinary(method.input, raw));
}

function answer(
  response: ServerResponse,
  method: DescMethod,
  type: string,
  reply: Reply | undefined,
  fill: (value: JsonValue) => JsonValue,
): void {
  const json = type.includes("json");
  const encode = (value: JsonValue): Uint8Array => {
    const filled = fill(newerEnums(value));
    const message = fromJson(method.output, filled, { ignoreUnknownFields: true });
    return json ? Buffer.from(JSON.stringify(filled)) : toBinary(method.output, message);
  };
  const error = reply?.error ?? (reply === undefined ? { code: "unimplemented", message: "no reply" } : undefined);
  if (reply?.http) {
    response
      .writeHead(reply.http.status, { "content-type": reply.http.content_type ?? "text/plain" })
      .end(reply.http.body);
  } else if (method.methodKind !== "unary") {
    response.writeHead(200, { "content-type": type });
    for (const message of reply?.stream ?? []) response.write(envelope(0, encode(message)));
    response.end(envelope(2, Buffer.from(JSON.stringify(error ? { error } : {}))));
  } else if (error) {
    response
      .writeHead(CONNECT_STATUS[error.code] ?? 500, { "content-type": "application/json" })
      .end(JSON.stringify(error));
  } else {
    response.writeHead(200, { "content-type": type }).end(encode(reply?.ok ?? {}));
  }
}

/** HTTP statuses that Connect's protocol gives errors of unary calls; 500 for the others. */
export const CONNECT_STATUS: Readonly<Record<string, number>> = {
  canceled: 499,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  unavailable: 503,
  unauthenticated: 401,
};

function envelope(flags: number, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** Enum names that the npm descriptors do not know yet. */
function newerEnums(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value).replaceAll('"ACTION_PHASE_RECOVERED"', "10")) as JsonValue;
}

/** Replaces `{{req.a.0.b}}`: as the whole text by the value itself, inside a text by its text. */
function fillRequest(value: JsonValue, request: JsonValue): JsonValue {
  if (typeof value === "string") {
    const whole = /^\{\{req\.([^}]+)\}\}$/.exec(value);
    if (whole) return at(request, whole[1] as string) ?? "";
    return value.replace(/\{\{req\.([^}]+)\}\}/g, (_, path: string) => String(at(request, path) ?? ""));
  }
  if (Array.isArray(value)) return value.map((item) => fillRequest(item, request));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fillRequest(item as JsonValue, request)]),
    );
  }
  return value;
}

function at(value: JsonValue | undefined, path: string): JsonValue | undefined {
  for (const key of path.split(".")) value = (value as Record<string, JsonValue> | null | undefined)?.[key];
  return value;
}

/** Whether `part` is in `whole`: each key of it, recursively; `{}` asks for a message that is there, whatever is in it. */
function contains(whole: JsonValue | undefined, part: JsonValue): boolean {
  if (typeof part !== "object" || part === null) return whole === part;
  if (typeof whole !== "object" || whole === null) return false;
  return Object.entries(part).every(([key, value]) =>
    contains((whole as Record<string, JsonValue> | undefined)?.[key], value as JsonValue),
  );
}
