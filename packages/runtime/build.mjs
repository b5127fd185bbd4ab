// Bundles the webhook's program into one file, dist/webhook.mjs: what the container runs.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const embedded = (name) =>
  gzipSync(readFileSync(require.resolve(`swagger-ui-dist/${name}`)), { level: 9 }).toString("base64");

/** @type {import("esbuild").Plugin} */
const slim = {
  name: "slim",
  setup({ onLoad }) {
    // zod re-exports every locale; nobody reads its messages but the English ones.
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: `export { default as en } from "./en.js";`,
    }));
    onLoad({ filter: /runtime\/src\/docs\/swagger-ui\.ts$/ }, () => ({
      contents: [
        `export const swaggerUiScript = Buffer.from("${embedded("swagger-ui-bundle.js")}", "base64");`,
        `export const swaggerUiStyle = Buffer.from("${embedded("swagger-ui.css")}", "base64");`,
      ].join("\n"),
    }));
  },
};

await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/webhook.mjs",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  conditions: ["source"],
  minify: true,
  keepNames: false,
  legalComments: "linked",
  // CommonJS dependencies ask for Node's modules through `require`.
  banner: {
    js: `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);`,
  },
  plugins: [slim],
  logLevel: "warning",
});
