/**
 * The files of Swagger UI, compressed. Run from sources they come from the `swagger-ui-dist` package; the bundler replaces
 * this module by one that holds their bytes (see build.mjs), so the bundle needs no file beside it.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";

const require = createRequire(import.meta.url);
const file = (name: string): Uint8Array =>
  gzipSync(readFileSync(require.resolve(`swagger-ui-dist/${name}`)), { level: 9 });

export const swaggerUiScript: Uint8Array = file("swagger-ui-bundle.js");
export const swaggerUiStyle: Uint8Array = file("swagger-ui.css");
