export { BUILDERS, type Builder, type BuilderName } from "@flyte-webhook/core";
