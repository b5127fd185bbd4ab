/** JSON as text, without what is known of literals: their messages take longer to load than a server to start. */
export type { JsonObject, JsonValue } from "./json.ts";
export { JsonSyntaxError, parseJson } from "./parse-json.ts";
export { stringifyJson } from "./stringify-json.ts";
