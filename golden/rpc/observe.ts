import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { exchange, open } from "./exchange.ts";
import {
  at,
  type HttpStep,
  type Json,
  type JsonRecord,
  type Observation,
  type Step,
  type Until,
  viewed,
  type WaitCondition,
} from "./scenario-format.ts";

const COMPRESSED = 1;
const END = 2;

/** Does what a step says, its variables filled in, and tells what came of it. */
export async function observe(base: URL, step: Step): Promise<Observation> {
  if (!step.waitUntil) return viewedOk(await once(base, step), step);
  const { all, timeoutMs = 20_000, everyMs = 200, ...condition } = step.waitUntil;
  const end = Date.now() + timeoutMs;
  for (;;) {
    const seen = await once(base, step);
    const value = seen.ok ?? at(seen.http ?? null, "json") ?? null;
    if ((all ?? [condition]).every((each) => holds(each, value))) return viewedOk(seen, step);
    if (Date.now() > end) return { timedOut: seen };
    await sleep(everyMs);
  }
}

function once(base: URL, step: Step): Promise<Observation> {
  if (step.http) return plain(base, step, step.http);
  return step.stream ? stream(base, step) : unary(base, step);
}

function holds({ path = "", equals, present, count }: WaitCondition, value: Json): boolean {
  const found = at(value, path);
  if (present !== undefined) return (found !== undefined) === present;
  if (count !== undefined) return (Array.isArray(found) ? found.length : 0) === count;
  return isDeepStrictEqual(found, equals);
}

function viewedOk(seen: Observation, { view, stream: streamed }: Step): Observation {
  return seen.ok === undefined || streamed ? seen : { ...seen, ok: viewed(seen.ok, view) };
}

async function unary(base: URL, { rpc, request = {}, rawBody, headers }: Step): Promise<Observation> {
  const answer = await exchange(base, {
    path: `/${rpc}`,
    headers: { "content-type": "application/json", ...headers },
    body: rawBody ?? JSON.stringify(request),
  });
  if (typeof answer === "string") return { [answer]: true };
  const text = answer.body.toString();
  const json = parsed(text);
  if (answer.status === 200) return { ok: json ?? text };
  const code = at(json ?? null, "code");
  const error = {
    code: typeof code === "string" ? code : "http",
    message: String(at(json ?? null, "message") ?? text),
  };
  return { error: { ...error, status: answer.status } };
}

async function plain(
  base: URL,
  { showHeaders = ["content-type"], bodyAs, view }: Step,
  http: HttpStep,
): Promise<Observation> {
  const target = http.url === undefined ? base : new URL(http.url, base);
  const path = http.path ?? target.pathname + target.search;
  const { method, headers } = http;
  const answer = await exchange(target, {
    path,
    body: bodyOf(http),
    ...(method && { method }),
    ...(headers && { headers }),
  });
  if (typeof answer === "string") return { [answer]: true };
  const shown = showHeaders.flatMap((name) => {
    const value = answer.headers[name];
    return value === undefined ? [] : [[name, String(value)]];
  });
  const seen: JsonRecord = { status: answer.status, headers: Object.fromEntries(shown) };
  const body = answer.headers["content-encoding"] === "gzip" ? gunzipSync(answer.body) : answer.body;
  const json = answer.headers["content-type"]?.includes("json") ? parsed(body.toString()) : undefined;
  if (bodyAs === "base64") seen.bodyBase64 = body.toString("base64");
  else if (bodyAs === "size") seen.size = body.length;
  else if (bodyAs !== "none" && json !== undefined) seen.json = viewed(json, view);
  else if (bodyAs !== "none") seen.body = body.toString();
  return { http: seen };
}

function bodyOf({ body, bodyBase64, json, bodyRepeat, gzip }: HttpStep): string | Buffer | undefined {
  let bytes: string | Buffer | undefined = body;
  if (bodyBase64 !== undefined) bytes = Buffer.from(bodyBase64, "base64");
  if (json !== undefined) bytes = JSON.stringify(json);
  if (bodyRepeat) {
    const { before = "", text, count, after = "" } = bodyRepeat;
    bytes = before + text.repeat(count) + after;
  }
  return gzip && bytes !== undefined ? gzipSync(bytes) : bytes;
}

/** Reads a Connect stream until enough has been seen; one that is silent has no messages and has not ended. */
async function stream(base: URL, step: Step): Promise<Observation> {
  const { rpc, request = {}, headers, until = { ended: true } } = step;
  const end = Date.now() + (until.maxMs ?? 15_000);
  const payload = Buffer.from(JSON.stringify(request));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length, 1);
  const type = { "content-type": "application/connect+json", ...headers };
  const body = Buffer.concat([head, payload]);
  const opened = await open(base, { path: `/${rpc}`, headers: type, body }, end - Date.now());
  if (opened === "silent") return { messages: [], ended: false };
  if (opened === "dropped") return { dropped: true };
  const { response, request: sent } = opened;
  if (response.statusCode !== 200) {
    sent.destroy();
    return { error: { code: "http", message: "", status: response.statusCode ?? 0 } };
  }
  const seen: Observation & { messages: Json[] } = { messages: [], ended: false };
  const timer = setTimeout(() => sent.destroy(), Math.max(end - Date.now(), 1));
  try {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of response) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      for (let frame = frameOf(rest); frame; frame = frameOf(rest)) {
        rest = rest.subarray(frame.size);
        if (takeFrame(seen, frame, step, until)) return seen;
      }
    }
    return seen;
  } catch {
    // Cut by the timer, which is how watching ends; or by the server.
    return Date.now() >= end || seen.messages.length > 0 ? seen : { dropped: true };
  } finally {
    clearTimeout(timer);
    sent.destroy();
  }
}

interface Frame {
  flags: number;
  json: Json;
  size: number;
}

function frameOf(bytes: Buffer): Frame | undefined {
  if (bytes.length < 5) return undefined;
  const size = 5 + bytes.readUInt32BE(1);
  if (bytes.length < size) return undefined;
  const flags = bytes[0] ?? 0;
  const body = bytes.subarray(5, size);
  return { flags, size, json: parsed((flags & COMPRESSED ? gunzipSync(body) : body).toString()) ?? {} };
}

/** Whether enough has been seen. */
function takeFrame(
  seen: Observation & { messages: Json[] },
  { flags, json }: Frame,
  step: Step,
  until: Until,
): boolean {
  if (flags & END) {
    seen.ended = true;
    const code = at(json, "error.code");
    if (code !== undefined) seen.error = { code: String(code), message: String(at(json, "error.message") ?? "") };
    return true;
  }
  const message = viewed(json, step.view);
  if (!step.dedupe || !isDeepStrictEqual(message, seen.messages.at(-1))) seen.messages.push(message);
  if (until.messages !== undefined && seen.messages.length >= until.messages) return true;
  return until.path !== undefined && isDeepStrictEqual(at(message, until.path), until.equals);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
