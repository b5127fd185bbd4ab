import { FlyteWebhookError, type WebhookLimits } from "@flyte-webhook/core";
import { type JsonObject, JsonSyntaxError, type JsonValue, parseJson } from "@flyte-webhook/literals/json-text";
import { isJson } from "./auth.ts";
import { checkJsonShape } from "./json-shape.ts";
import type { WebhookRequest } from "./webhook-request.ts";

/** The limits that a body is held against. */
type BodyLimits = Pick<WebhookLimits, "bodyBytes" | "jsonDepth" | "jsonKeys">;

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
export async function readInputs(request: WebhookRequest, limits: BodyLimits): Promise<JsonObject> {
  const bytes = await request.bytes(limits.bodyBytes);
  if (bytes.length === 0) throw invalid({ type: "missing", loc: ["body"], msg: "Field required", input: null });
  if (!isJson(request)) {
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
  request: WebhookRequest,
  limits: BodyLimits,
  list = false,
): Promise<JsonObject | JsonValue[] | undefined> {
  if (!request.hasBody) return undefined;
  const bytes = await request.bytes(limits.bodyBytes);
  if (bytes.length === 0 || !isJson(request)) return undefined;
  const value = parse(bytes, limits);
  if (value === null) return undefined;
  return list && Array.isArray(value) ? value : asObject(value);
}
