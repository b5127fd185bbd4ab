import type { IncomingMessage, ServerResponse } from "node:http";
import { PLAIN_HOST } from "./direct.ts";
import { requestIdOf } from "./request/request-id.ts";
import { HEALTHY } from "./routes/health.ts";

/**
 * Answers a plain `GET /health`, which platforms ask all the time, on Node's own objects: a third less CPU than by way of
 * the router and a `Response`. False when the request is any other, or has to be looked at (`via` may name this webhook).
 */
export function answerProbe({ method, url, headers }: IncomingMessage, outgoing: ServerResponse): boolean {
  if (url !== "/health" || method !== "GET" || headers.via !== undefined) return false;
  if (headers.host === undefined || !PLAIN_HOST.test(headers.host)) return false;
  outgoing.writeHead(200, {
    "content-type": "application/json",
    "x-request-id": requestIdOf(headers["x-request-id"]),
    "content-length": HEALTHY.length,
  });
  outgoing.end(HEALTHY);
  return true;
}
