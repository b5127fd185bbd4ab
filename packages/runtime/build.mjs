// Bundles the webhook's program: what the container runs is dist/webhook.mjs, with the parts that only some requests need
// in files beside it, dist/webhook-*.mjs, so that it is up before they are read.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { create, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { build } from "esbuild";

/** A descriptor of a file with nothing in it, for files that only options of other descriptors refer to. */
const emptyFile = (name, protoPackage) => {
  const proto = create(FileDescriptorProtoSchema, { name, package: protoPackage, syntax: "proto3" });
  return Buffer.from(toBinary(FileDescriptorProtoSchema, proto)).toString("base64").replace(/=+$/, "");
};

/** @type {import("esbuild").Plugin} */
const slim = {
  name: "slim",
  setup({ onLoad, onResolve }) {
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
    // The webhook speaks HTTP/1.1 alone; to load the other protocol takes milliseconds and megabytes.
    onResolve({ filter: /^node:http2$/ }, ({ importer }) =>
      importer.includes("/@hono/node-server/") ? { path: "http2", namespace: "unused" } : undefined,
    );
    onLoad({ filter: /^http2$/, namespace: "unused" }, () => ({
      contents: "export class Http2ServerRequest {}; export const constants = {};",
    }));
    // What these modules read from packages becomes part of the bundle, as bytes.
    onLoad({ filter: /runtime\/src\/docs\/(swagger-ui|redoc)\.ts$/ }, async ({ path }) => {
      const files = Object.entries(await import(path));
      const line = ([name, bytes]) =>
        `export const ${name} = Buffer.from("${Buffer.from(bytes).toString("base64")}", "base64");`;
      return { contents: files.map(line).join("\n") };
    });
  },
};

// Those of an earlier build have other names.
for (const file of readdirSync(".").includes("dist") ? readdirSync("dist") : []) {
  if (/^webhook-.+\.mjs$/.test(file)) rmSync(`dist/${file}`);
}

/** @type {import("esbuild").BuildOptions} */
const options = {
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  conditions: ["source"],
  minify: true,
  keepNames: false,
  legalComments: "none",
  metafile: true,
  // CommonJS dependencies ask for Node's modules through `require`.
  banner: {
    js: `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);`,
  },
  logLevel: "warning",
};

// The document is a bundle of its own: it needs all of zod, of which the program reads its spec with a tenth, and a module
// that both had would be loaded whole at every start. A text is all that comes from it, so no class is there twice.
const DOCUMENT = "webhook-openapi-document";
const apart = {
  name: "apart",
  setup({ onResolve }) {
    onResolve({ filter: /\/openapi\/document\.ts$/ }, () => ({ path: `./${DOCUMENT}.mjs`, external: true }));
  },
};

const bundles = await Promise.all([
  build({
    ...options,
    entryPoints: { webhook: "src/main.ts" },
    chunkNames: "webhook-[name]-[hash]",
    splitting: true,
    plugins: [slim, apart],
  }),
  build({ ...options, entryPoints: { [DOCUMENT]: "src/openapi/document.ts" }, plugins: [slim] }),
]);

// What the bundle is made of: each package with its licence, as their terms ask for.
const packages = new Set(
  bundles
    .flatMap(({ metafile }) => Object.keys(metafile.inputs))
    .flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input) ?? []),
);
const notices = [...packages].sort().map((dir) => {
  const { name, version, license } = JSON.parse(readFileSync(`${dir}/package.json`, "utf8"));
  const file = readdirSync(dir).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(`${dir}/${file}`, "utf8").trim() : ""}`.trim();
});
writeFileSync("dist/webhook.mjs.LEGAL.txt", `${notices.join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
