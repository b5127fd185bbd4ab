/** The program of Redoc, compressed: from the `redoc` package, or in the bundle from its own bytes (see build.mjs). */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";

const require = createRequire(import.meta.url);
const source = readFileSync(require.resolve("redoc/bundles/redoc.standalone.js"), "utf8");

/** The one picture that Redoc loads from elsewhere, and an empty one in its place. */
const LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg";
const NOTHING = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";
if (!source.includes(LOGO)) throw new Error(`redoc.standalone.js does not load ${LOGO}; see what it loads instead`);

export const redocScript: Uint8Array = gzipSync(source.replaceAll(LOGO, NOTHING), { level: 9 });
