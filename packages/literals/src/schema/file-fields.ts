import { lastSegment } from "../from-literal.ts";
import type { JsonObject } from "../json.ts";
import { objectOf } from "../key-order.ts";

/**
 * A file or directory inside a pydantic model, with the name filled in from its path, as Flyte's own class does before
 * anything else looks at it. Other objects as they are.
 */
export function fileFields(value: JsonObject, schema: JsonObject): JsonObject {
  const kind = schema["x-flyte-type"];
  if ((kind !== "file" && kind !== "dir") || typeof value.path !== "string" || (value.name ?? null) !== null)
    return value;
  return objectOf([...Object.entries(value), ["name", lastSegment(value.path)]]) as JsonObject;
}
