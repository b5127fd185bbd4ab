// Bundles the webhook's program into one file, dist/webhook.mjs: what the container runs.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const embedded = (name) =>
  gzipSync(readFileSync(require.resolve(`swagger-ui-dist/${name}`)), { level: 9 }).toString("base64");

/** A descriptor of a file with nothing in it, for files that only options of other descriptors refer to. */
const emptyFile = (name, protoPackage) => {
  const proto = create(FileDescriptorProtoSchema, { name, package: protoPackage, syntax: "proto3" });
  return Buffer.from(toBinary(FileDescriptorProtoSchema, proto)).toString("base64").replace(/=+$/, "");
};

/** @type {import("esbuild").Plugin} */
const slim = {
  name: "slim",
  setup({ onLoad }) {
    // zod re-exports every locale; nobody reads its messages but the English ones.
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: `export { default as en } from "./en.js";`,
    }));
    // The control plane validates; here the rules would only be read at start-up, and they are most of the descriptors.
    onLoad({ filter: /buf\/validate\/validate_pb\.js$/ }, () => ({
      contents: [
        `import { fileDesc } from "@bufbuild/protobuf/codegenv1";`,
        `export const file_buf_validate_validate = fileDesc("${emptyFile("buf/validate/validate.proto", "buf.validate")}");`,
      ].join("\n"),
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
