export { fromLiteral } from "./from-literal.ts";
export { buildInputs, type InputsResult, literalsToJson } from "./inputs.ts";
export { type JsonObject, JsonSyntaxError, type JsonValue, parseJson, stringifyJson } from "./json.ts";
export { decodeMsgpack, encodeMsgpack } from "./msgpack.ts";
export { toLiteral } from "./to-literal.ts";
