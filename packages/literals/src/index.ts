export { decodeMsgpack } from "./decode-msgpack.ts";
export { encodeMsgpack, type Packable } from "./encode-msgpack.ts";
export { fromLiteral } from "./from-literal.ts";
export { buildInputs, type InputsResult, literalsToJson } from "./inputs.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export { jsonSchemaOf, type SchemaUse } from "./json-schema-of.ts";
export { JsonSyntaxError, parseJson } from "./parse-json.ts";
export { stringifyJson } from "./stringify-json.ts";
export { toLiteral } from "./to-literal.ts";
