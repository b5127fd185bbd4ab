import type { QueryPair } from "@flyte-webhook/client/outbound";
import { type JsonObject, type JsonValue, stringifyJson, withFloats } from "@flyte-webhook/literals";

/** Query parameters from a JSON object: texts as they are, other values as JSON spells them, a list as its key repeated. */
export function queryPairs(object: JsonObject | undefined): QueryPair[] {
  return Object.entries(object ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((item): QueryPair => [name, text(item)]),
  );
}

const text = (value: JsonValue): string => (typeof value === "string" ? value : stringifyJson(withFloats(value)));
