import { isDeepStrictEqual } from "node:util";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { type App, SpecSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { clusterOf } from "../serialize/newer-fields.ts";
import { decodeWebhookSpec, webhookSpecOf } from "./read-webhook-spec.ts";

/** One field that differs. */
export interface FieldChange {
  /** As in `container.image`, `container.env.LOG_LEVEL`, `webhook.taskAllowlist`. */
  readonly path: string;
  /** Undefined where the field was not set. */
  readonly before: JsonValue | undefined;
  /** Undefined where it is no longer set. */
  readonly after: JsonValue | undefined;
}

/**
 * The fields of an app's spec that a deployment changes. What the SDK packs into the program's arguments is shown as
 * `webhook.…`, entries of lists by their names. Fields that the platform fills in (ingress, creator) are left out where
 * the declaration leaves them to it.
 */
export function fieldChanges(before: App, after: App): FieldChange[] {
  const [then, now] = [fieldsOf(before), fieldsOf(after)];
  const isOpen = [...now.keys()].every((path) => !path.startsWith("ingress."));
  return [...new Set([...then.keys(), ...now.keys()])]
    .filter((path) => !(isOpen && path.startsWith("ingress.")) && !path.startsWith("creator"))
    .filter((path) => !isDeepStrictEqual(then.get(path), now.get(path)))
    .sort()
    .map((path) => ({ path, before: then.get(path), after: now.get(path) }));
}

function fieldsOf(app: App): Map<string, JsonValue> {
  const fields = new Map<string, JsonValue>();
  if (!app.spec) return fields;
  collect("", toJson(SpecSchema, app.spec), fields);
  const cluster = clusterOf(app.spec);
  if (cluster !== "") fields.set("cluster", cluster);
  const spec = webhookSpecOf(app);
  if (spec) {
    for (const [path, value] of fields) {
      if (Array.isArray(value)) fields.set(path, value.filter(isNotPacked));
    }
    collect("webhook", JSON.parse(JSON.stringify(spec)) as JsonValue, fields);
  }
  return fields;
}

const isNotPacked = (word: JsonValue): boolean =>
  typeof word !== "string" || (word !== "--spec" && decodeWebhookSpec(word) === undefined);

function collect(path: string, value: JsonValue, fields: Map<string, JsonValue>): void {
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  if (Array.isArray(value)) {
    const names = value.map(nameOf);
    const named = value.length > 0 && names.every((name) => name !== undefined) && new Set(names).size === names.length;
    if (!named) fields.set(path, value);
    else for (const [index, item] of value.entries()) collectNamed(at(String(names[index])), item, fields);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, one] of Object.entries(value)) collect(at(key), one, fields);
  } else fields.set(path, value);
}

/** What names an entry of a list: an environment variable's key, a resource's or input's name, a link's path. */
function nameOf(item: JsonValue): string | undefined {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return undefined;
  const name = item.key ?? item.name ?? item.path;
  return typeof name === "string" ? name : undefined;
}

/** `{key, value}` is one field, anything else is gone into. */
function collectNamed(path: string, item: JsonValue, fields: Map<string, JsonValue>): void {
  const { key, name, path: _, ...rest } = item as Record<string, JsonValue>;
  const [only, second] = Object.entries(rest);
  if (second === undefined) fields.set(path, only?.[1] ?? "");
  else collect(path, item, fields);
}
