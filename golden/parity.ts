/** npm run parity: writes docs/parity.md from the catalogue and the results of the recorded exchanges. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runHttp } from "./http.ts";
import { parityTable, type RowResult } from "./parity/table.ts";

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const results: RowResult[] = [];
const { passed, failed } = await runHttp([path("conformance/data/http-exchanges.json")], (row, problems) =>
  results.push({ row, passed: problems.length === 0 }),
);
writeFileSync(path("docs/parity.md"), parityTable(results));
console.log(`docs/parity.md: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
