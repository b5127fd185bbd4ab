export * from "./allowlist.ts";
export * from "./catalogue.ts";
export * from "./duration.ts";
export * from "./error.ts";
export * from "./image-builders.ts";
export * from "./quantity.ts";
export { nearest } from "./suggest.ts";
export * from "./webhook-limits.ts";
export * from "./webhook-spec.ts";
