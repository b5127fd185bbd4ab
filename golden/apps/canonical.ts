/** An App as JSON that can be compared: unknown fields included, ignored paths removed, keys sorted. */
import { type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type App, AppSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";

/** Fields newer than the descriptors, by the names that rows use. */
const NEWER: Readonly<Record<string, string>> = {
  "metadata#4": "codeBundleUri",
  "metadata#5": "sourceCode",
  "spec#16": "cluster",
};

export function canonical(app: App, ignore: readonly string[]): string {
  const json = toJson(AppSchema, app) as JsonObject;
  addUnknown(app, json, "");
  for (const path of ignore) remove(json, path);
  return stable(json);
}

/** Writes the unknown fields of a message and of those below it into its JSON. */
function addUnknown(message: object, json: JsonObject, path: string): void {
  for (const { no, data } of (message as { $unknown?: { no: number; data: Uint8Array }[] }).$unknown ?? []) {
    json[NEWER[`${path}#${no}`] ?? `#${no}`] = Buffer.from(data)
      .toString("latin1")
      .replace(/\/tree\/[0-9a-f]{40}/, "/tree/HEAD");
  }
  for (const [name, value] of Object.entries(message)) {
    if (name === "$unknown" || typeof value !== "object" || value === null) continue;
    const [key, inner] = "case" in value ? [value.case as string, value.value] : [name, value];
    const below = json[key];
    if (typeof inner === "object" && inner !== null && isObject(below)) {
      addUnknown(inner, below, path === "" ? key : `${path}.${key}`);
    }
  }
}

/** Removes `spec.links[0].title`, or an item found by its name or key as in `spec.container.env[LOG_LEVEL]`. */
function remove(json: JsonObject, path: string): void {
  const parts = path.match(/[^.[\]]+/g) ?? [];
  const last = parts.pop() ?? "";
  let place: JsonValue | undefined = json;
  let parent: JsonObject | undefined;
  let name = "";
  for (const part of parts) {
    if (isObject(place)) [parent, name] = [place, part];
    place = step(place, part);
  }
  if (isObject(place)) delete place[last];
  if (!Array.isArray(place)) return;
  const index = place.findIndex((item, i) => String(i) === last || isNamed(item, last));
  if (index >= 0) place.splice(index, 1);
  if (place.length === 0 && parent) delete parent[name];
}

function step(place: JsonValue | undefined, part: string): JsonValue | undefined {
  if (Array.isArray(place)) return place.find((item, i) => String(i) === part || isNamed(item, part));
  return isObject(place) ? place[part] : undefined;
}

const isNamed = (item: JsonValue, name: string): boolean => isObject(item) && (item.name === name || item.key === name);

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function stable(value: JsonValue): string {
  const sorted = (_: string, one: JsonValue): JsonValue =>
    isObject(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one;
  return JSON.stringify(value, sorted, 1);
}
