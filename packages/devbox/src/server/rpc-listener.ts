import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextValues,
  type Interceptor,
} from "@connectrpc/connect";
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { Authenticate } from "./authenticate.ts";
import { callerKey } from "./caller.ts";
import { callConnection, connectionKey } from "./connection-key.ts";
import { fullDisk } from "./full-disk.ts";
import { answerText } from "./http-server.ts";

/** Largest message in either direction, decompressed. A real plane sets no limit. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

export interface RpcOptions {
  routes: (router: ConnectRouter) => void;
  /** Throws a `ConnectError` for a caller that is refused; runs before the body is read. */
  authenticate: Authenticate;
  /** Around every call, the first one outermost. */
  interceptors?: readonly Interceptor[] | undefined;
  shutdownSignal: AbortSignal;
  /** The data directory. */
  dir: string;
  log: (line: string) => void;
}

const JSON_TYPES = ["json", "json; charset=utf-8", "proto"];
const GRPC_TYPES = ["grpc", "grpc-web"].flatMap((p) => [p, ...JSON_TYPES.map((type) => `${p}+${type}`)]);
const accepts = (types: string[]) =>
  types
    .map((type) => `application/${type}`)
    .sort()
    .join(", ");
const ACCEPT_UNARY = accepts([...JSON_TYPES, ...GRPC_TYPES]);
const ACCEPT_STREAM = accepts([...JSON_TYPES.map((type) => `connect+${type}`), ...GRPC_TYPES]);

/** Serves the RPCs over HTTP/1.1 as connect-go does: Connect, gRPC-Web and gRPC, binary and JSON; 404 for the rest. */
export function rpcListener({
  routes,
  authenticate,
  interceptors = [],
  shutdownSignal,
  dir,
  log,
}: RpcOptions): RequestListener {
  const router = createConnectRouter({
    acceptCompression: [compressionGzip],
    readMaxBytes: MAX_MESSAGE_BYTES,
    writeMaxBytes: MAX_MESSAGE_BYTES,
    shutdownSignal,
    requestGate: ({ requestHeader, values, service, method }) => {
      values.set(callerKey, authenticate(requestHeader, { service: service.typeName, method: method.name }));
    },
    interceptors: [
      (next) => async (request) => {
        try {
          return await next(request);
        } catch (error) {
          const noSpace = fullDisk(error, dir);
          if (noSpace !== undefined)
            throw new ConnectError(noSpace, Code.ResourceExhausted, undefined, undefined, error);
          if (!(error instanceof ConnectError)) log(`${request.method.name} failed: ${(error as Error).stack}`);
          throw error;
        }
      },
      ...interceptors,
    ],
  });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return (request, response) => {
    const [path = "", query] = (request.url ?? "").split("?", 2);
    const handler = handlers.get(path);
    if (handler === undefined) return answerText(response, 404, "404 page not found");
    const { methodKind } = handler.method;
    const refusal = refuse(request, query, methodKind === "unary", handler);
    if (refusal !== undefined) return answer(response, ...refusal);
    const early = methodKind !== "unary" && beginStream(request, response);
    const values = createContextValues().set(connectionKey, callConnection(response));
    handler(universalRequestFromNodeRequest(request, response, undefined, values))
      .then((answered) => {
        if (early) return pipeline(Readable.from(answered.body as AsyncIterable<Uint8Array>), response);
        // connect-go answers in the type it was asked in, parameters and all.
        if (answered.status === 200 && methodKind === "unary") echoContentType(request, answered.header);
        return universalResponseToNodeResponse(answered, response);
      })
      .catch((error: unknown) => {
        const left = (error as NodeJS.ErrnoException).code === "ERR_STREAM_PREMATURE_CLOSE";
        if (!left && ConnectError.from(error).code !== Code.Aborted) log(`${path} failed: ${(error as Error).stack}`);
      });
  };
}

function echoContentType({ headers }: IncomingMessage, header: Headers | undefined): void {
  const asked = headers["content-type"];
  if (asked !== undefined && header && asked.split(";")[0] === header.get("content-type"))
    header.set("content-type", asked);
}

interface Negotiable {
  allowedMethods: string[];
  supportedContentType: (type: string | null) => boolean;
}

type Answer = [status: number, headers: Record<string, string>, body?: string];

/** What connect-go answers before it looks at the message and connect-es leaves out or words differently. */
function refuse(
  request: IncomingMessage,
  query: string | undefined,
  unary: boolean,
  handler: Negotiable,
): Answer | undefined {
  const get = request.method === "GET";
  if (!handler.allowedMethods.includes(request.method ?? "")) return [405, { allow: "POST" }];
  const unsupported: Answer = [415, { "accept-post": unary ? ACCEPT_UNARY : ACCEPT_STREAM }];
  if (get) {
    const parameters = new URLSearchParams(query);
    if (!["json", "proto"].includes(parameters.get("encoding") ?? "")) return unsupported;
    const version = parameters.get("connect");
    return version === null || version === "v1" ? undefined : invalid(`connect must be "v1": got "${version}"`);
  }
  const type = request.headers["content-type"] ?? "";
  if (!handler.supportedContentType(type) || /charset=(?!"?utf-8)/i.test(type)) return unsupported;
  const version = request.headers["connect-protocol-version"];
  if (version !== undefined && version !== "1")
    return invalid(`Connect-Protocol-Version must be "1": got "${version}"`);
  return undefined;
}

function invalid(message: string): Answer {
  return [400, { "content-type": "application/json" }, JSON.stringify({ code: "invalid_argument", message })];
}

function answer(response: ServerResponse, status: number, headers: Record<string, string>, body = ""): void {
  response.writeHead(status, headers);
  response.end(body);
}

/**
 * A watcher of what does not happen yet is to learn that it is connected, so the head of a Connect stream is sent before
 * the first message (connect-es waits for it, as connect-go does). It is always the same: errors come in the end frame,
 * and messages are not compressed. False for the other protocols, whose head may hold an error.
 */
function beginStream({ headers }: IncomingMessage, response: ServerResponse): boolean {
  const type = headers["content-type"];
  if (!type?.startsWith("application/connect+")) return false;
  // Without this header, messages would be compressed as the request is.
  headers["connect-accept-encoding"] = "identity";
  response.writeHead(200, { "content-type": type });
  response.flushHeaders();
  return true;
}
