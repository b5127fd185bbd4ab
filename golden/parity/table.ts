/** The parity table: each endpoint × what is as in Python, what is mended, what is added, with the rows that show it. */
import { ENDPOINTS, type EndpointDefinition } from "@flyte-webhook/core";
import type { ExchangeRow } from "../http/exchange.ts";
import { DEFECTS } from "./defects.ts";

export interface RowResult {
  readonly row: ExchangeRow;
  readonly passed: boolean;
}

/** Tests beside the recorded rows, by the endpoint's group or id. */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  core: ["conformance/isolation.test.ts"],
  task: ["conformance/python-task.test.ts", "packages/literals/src"],
  run: ["conformance/python-task.test.ts"],
  call_app: ["packages/runtime/src/routes/call-app.test.ts", "packages/client/src/outbound"],
  trigger: ["packages/runtime/src/routes/switch-trigger.test.ts"],
  build: ["packages/runtime/src/routes/build-image.test.ts"],
  prefetch: ["packages/runtime/src/routes/prefetch.test.ts", "packages/runtime/src/prefetch/module.test.ts"],
};
const TESTS_OF_ALL = [
  "conformance/cases.ts",
  "conformance/fault-matrix.test.ts",
  "conformance/fuzz.test.ts",
  "packages/runtime/src/openapi/document.test.ts",
];

const KINDS = ["success", "refusal", "defect", "addition"] as const;
type Kind = (typeof KINDS)[number];

const TITLES: Readonly<Record<Kind, string>> = {
  success: "Python's success answer unchanged",
  refusal: "Python's refusal unchanged",
  defect: "Defects fixed",
  addition: "Our additions",
};

function kindOf({ row }: RowResult): Kind {
  if (row.python === null) return "addition";
  if (row.differs) return "defect";
  return row.python.status < 300 ? "success" : "refusal";
}

/** The document, as Markdown; the same results give the same text. */
export function parityTable(results: readonly RowResult[]): string {
  const endpoints: readonly EndpointDefinition[] = ENDPOINTS;
  const of = (id: string | null) => results.filter(({ row }) => row.endpoint === id);
  return [
    "# Parity with the Python webhook",
    "",
    "Made by `npm run parity` from the endpoint catalogue and the results of the recorded exchanges; not edited by hand.",
    "",
    "A row is a request that was sent to Python's webhook (flyte 2.12.1), its answer recorded, and that is sent to this one",
    "in every test run (`conformance/data/http-exchanges.json`; rows of the last column have no recording, because Python",
    "offers nothing of the kind). `passed/all` counts rows.",
    "",
    `| endpoint | ${KINDS.map((kind) => TITLES[kind]).join(" | ")} |`,
    `|---|${KINDS.map(() => "---").join("|")}|`,
    ...endpoints.map((endpoint) => `| [\`${endpoint.id}\`](#${endpoint.id}) | ${counts(of(endpoint.id))} |`),
    `| [the service](#the-service) | ${counts(of(null))} |`,
    "",
    "## Defects of the Python webhook",
    "",
    ...Object.entries(DEFECTS).map(([id, text]) => `- **${id}**: ${text}`),
    "",
    `Tests of every endpoint: ${links(TESTS_OF_ALL)}.`,
    ...endpoints.flatMap((endpoint) => section(endpoint.id, intro(endpoint), of(endpoint.id))),
    ...section("The service", ["Paths that belong to no endpoint, and the documentation."], of(null)),
    "",
  ].join("\n");
}

function counts(results: readonly RowResult[]): string {
  return KINDS.map((kind) => {
    const rows = results.filter((result) => kindOf(result) === kind);
    return rows.length === 0 ? "–" : `${rows.filter(({ passed }) => passed).length}/${rows.length}`;
  }).join(" | ");
}

function intro({ id, group, method, path, summary }: EndpointDefinition): string[] {
  const tests = [...(TESTS[group] ?? []), ...(TESTS[id] ?? [])];
  const more = tests.length > 0 ? ` Further tests: ${links(tests)}.` : "";
  return [`\`${method} ${path}\`: ${summary.toLowerCase()}.${more}`];
}

const links = (paths: readonly string[]): string => paths.map((path) => `[${path}](../${path})`).join(", ");

function section(title: string, text: readonly string[], results: readonly RowResult[]): string[] {
  return ["", `## ${title}`, "", ...text, ...KINDS.flatMap((kind) => part(kind, results))];
}

function part(kind: Kind, all: readonly RowResult[]): string[] {
  const results = all.filter((result) => kindOf(result) === kind);
  if (results.length === 0) return [];
  const lines = kind === "success" || kind === "refusal" ? [`- ${results.map(shown).join(", ")}`] : grouped(results);
  return ["", `**${TITLES[kind]}**`, "", ...lines];
}

/** Rows by the defects that they are about; what is about none comes by its own words. */
function grouped(results: readonly RowResult[]): string[] {
  const groups = new Map<string, string[]>();
  for (const result of results) {
    const { why = "" } = result.row;
    const ids = why.match(/\b[SR]\d+\b/g) ?? [];
    const note = why.replace(/^(?:[SR]\d+|PRODUCT|\d[\d.]*\d|\s)+:?\s*/, "");
    const heading = ids.length > 0 ? `**${ids.join(", ")}**` : note;
    const line = ids.length > 0 && note !== "" ? `${shown(result)} (${note})` : shown(result);
    groups.set(heading, [...(groups.get(heading) ?? []), line]);
  }
  return [...groups].map(([heading, lines]) => `- ${heading === "" ? "" : `${heading}: `}${lines.join(", ")}`);
}

const shown = ({ row, passed }: RowResult): string => `\`${row.id}\`${passed ? "" : " (**fails**)"}`;
