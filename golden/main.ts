/** npm run golden -- literals|apps|http|rpc FILE…: runs golden data files; the last line is `N passed, N failed`. */
import { resolve } from "node:path";
import type { Tally } from "./report.ts";

const RUNNERS: Readonly<Record<string, (files: string[]) => Promise<Tally>>> = {
  literals: async (files) => (await import("./literals.ts")).runLiterals(files),
  apps: async (files) => (await import("./apps.ts")).runApps(files),
  http: async (files) => (await import("./http.ts")).runHttp(files),
  rpc: async (files) => (await import("./rpc.ts")).runRpc(files),
};

const [kind = "", ...files] = process.argv.slice(2);
const runner = RUNNERS[kind];
if (!runner || files.length === 0) {
  console.error(`usage: npm run golden -- ${Object.keys(RUNNERS).join("|")} FILE…`);
  process.exit(2);
}
const { passed, failed } = await runner(files.map((file) => resolve(file)));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
