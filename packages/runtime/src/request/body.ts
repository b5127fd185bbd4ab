import type { IncomingMessage } from "node:http";
import { FlyteWebhookError, type WebhookLimits } from "@flyte-webhook/core";
import { type JsonObject, JsonSyntaxError, type JsonValue, parseJson } from "@flyte-webhook/literals/json-text";
import type { Context } from "hono";
import { header, isJson } from "./auth.ts";
import { checkJsonShape } from "./json-shape.ts";

/** The limits that a body is held against. */
type BodyLimits = Pick<WebhookLimits, "bodyBytes" | "jsonDepth" | "jsonKeys">;

/** The bytes of a request's body, at most `limit` of them. Throws `payload_too_large`. */
async function readBytes(c: Context, limit: number): Promise<Uint8Array> {
  const declared = Number(header(c, "content-length") ?? Number.NaN);
  if (declared > limit) throw tooLarge(limit);
  const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming;
  if (!incoming) {
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    if (bytes.length > limit) throw tooLarge(limit);
    return bytes;
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        // The rest is read and dropped, so that the answer reaches the sender.
        incoming.removeAllListeners("data");
        incoming.resume();
        reject(tooLarge(limit));
      } else chunks.push(chunk);
    });
    incoming.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const goneAway = () => reject(new FlyteWebhookError("canceled", "the caller went away"));
    // A body that ends early, or is no HTTP any more, is the caller's doing.
    incoming.on("error", goneAway);
    incoming.on("close", () => {
      if (!incoming.complete) goneAway();
    });
  });
}

const tooLarge = (limit: number) =>
  new FlyteWebhookError("payload_too_large", `The body is larger than ${limit} bytes`);

const decoder = new TextDecoder("utf-8", { fatal: true });

function parse(bytes: Uint8Array, limits: BodyLimits): JsonValue {
  checkJsonShape(bytes, limits);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw invalid({ type: "json_invalid", loc: ["body", 0], msg: "JSON decode error", ctx: { error: "not UTF-8" } });
  }
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw invalid({
      type: "json_invalid",
      loc: ["body", error.position],
      msg: "JSON decode error",
      input: {},
      ctx: { error: error.message },
    });
  }
}

function invalid(issue: FlyteWebhookError["issues"][number]): FlyteWebhookError {
  return new FlyteWebhookError("invalid_request", "the body is not valid", { issues: [issue] });
}

function asObject(value: JsonValue): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw invalid({ type: "dict_type", loc: ["body"], msg: "Input should be a valid dictionary", input: value });
}

/** The task inputs: the whole body, a JSON object, required. */
export async function readInputs(c: Context, limits: BodyLimits): Promise<JsonObject> {
  const bytes = await readBytes(c, limits.bodyBytes);
  if (bytes.length === 0) throw invalid({ type: "missing", loc: ["body"], msg: "Field required", input: null });
  if (!isJson(c)) {
    throw invalid({
      type: "dict_type",
      loc: ["body"],
      msg: "Input should be a valid dictionary: send JSON with content-type application/json",
    });
  }
  return asObject(parse(bytes, limits));
}

/**
 * The optional object of parameters (or, with `list`, a bare list that stands for one of them). `null` and a body of
 * another media type are as good as none, as in Python.
 */
export async function readOptions(
  c: Context,
  limits: BodyLimits,
  list = false,
): Promise<JsonObject | JsonValue[] | undefined> {
  const length = header(c, "content-length");
  if (
    length === "0" ||
    (length === undefined && header(c, "transfer-encoding") === undefined && c.req.raw.body === null)
  ) {
    return undefined;
  }
  const bytes = await readBytes(c, limits.bodyBytes);
  if (bytes.length === 0 || !isJson(c)) return undefined;
  const value = parse(bytes, limits);
  if (value === null) return undefined;
  return list && Array.isArray(value) ? value : asObject(value);
}
