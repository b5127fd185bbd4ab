import { request as httpRequest, type IncomingMessage, type RequestOptions, type ServerResponse } from "node:http";
import { endToEnd, forwardedHeaders } from "./proxy-headers.ts";
import { asRefusal, Refusal, refusalMessage } from "./refusal.ts";
import { checkHost, type Upstream } from "./upstream.ts";

/**
 * Passes one request on to the app and its answer back, both as streams. Whoever goes away first ends the other side.
 */
export async function proxyRequest(
  upstream: Upstream,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    checkHost(upstream, request);
    const { target, agent, leave } = await upstream.enter(gone.signal);
    response.once("close", leave);
    if (response.closed) return leave();
    const { method, url: path } = request;
    const options = { ...target, method, path, headers: forwardedHeaders(request), signal: gone.signal, agent };
    const answer = await begin(upstream, request, options);
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer));
    // An app that streams may send nothing for long after its headers.
    response.flushHeaders();
    // An app that dies in the middle leaves the caller a broken answer, never one that looks whole.
    answer.on("error", () => response.destroy());
    answer.pipe(response);
  } catch (error) {
    if (!gone.signal.aborted) refuse(response, asRefusal(upstream.name, error));
  }
}

async function begin(upstream: Upstream, request: IncomingMessage, options: RequestOptions): Promise<IncomingMessage> {
  try {
    return await send(upstream, request, options);
  } catch (error) {
    // The app may close an idle connection at the very moment that it is used again (RFC 9112 §9.3.1).
    if (!(error instanceof StaleConnection) || !isRepeatable(request)) throw error;
    return await send(upstream, request, { ...options, agent: false });
  }
}

class StaleConnection extends Error {}

/** Sends the request; resolves with the head of the answer, which must come within the app's request time-out. */
function send(
  { name, requestTimeoutMs }: Upstream,
  request: IncomingMessage,
  options: RequestOptions,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const there = httpRequest(options);
    const limit = setTimeout(() => {
      reject(new Refusal(504, `App ${name} did not answer within ${requestTimeoutMs / 1000} s`));
      there.destroy();
    }, requestTimeoutMs);
    there.once("response", (answer) => {
      clearTimeout(limit);
      resolve(answer);
    });
    there.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      const stale = there.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(stale ? new StaleConnection(error.message, { cause: error }) : error);
    });
    request.once("error", () => there.destroy());
    if (hasBody(request)) request.pipe(there);
    else there.end();
  });
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** Nothing of it is used up, and doing it twice is as good as once (RFC 9110 §9.2.2). */
const isRepeatable = (request: IncomingMessage): boolean =>
  ["GET", "HEAD", "OPTIONS"].includes(request.method ?? "") && !hasBody(request);

function refuse(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) return void response.destroy();
  const { headers, body } = refusalMessage(refusal);
  response.writeHead(refusal.status, headers).end(body);
}
