/** Holds what happened against what a row expects. */
import { create, fromBinary, toJson } from "@bufbuild/protobuf";
import { ImageSpecSchema } from "@flyte-webhook/idl/flyteidl2/imagebuilder/definition";
import { parseJson } from "@flyte-webhook/literals";
import type { ExchangeRequest, Expectation, TargetExpectation } from "./exchange.ts";
import { at, mismatches, show } from "./match.ts";
import type { Call } from "./stub-control-plane.ts";
import type { TargetRequest } from "./target-listener.ts";

export interface Observed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON with exact integers, or undefined. */
  readonly json: unknown;
  readonly before: unknown;
  readonly calls: readonly Call[];
  readonly target: readonly TargetRequest[];
  readonly other: readonly TargetRequest[];
}

export function check(ours: Expectation, request: ExchangeRequest, seen: Observed): string[] {
  const statuses = [ours.status].flat();
  const problems: string[] = [];
  if (!statuses.includes(seen.status)) problems.push(`status ${seen.status}, expected ${statuses.join(" or ")}`);
  const mixed = statuses.some((status) => status < 300) && statuses.some((status) => status >= 300);
  if (!mixed || seen.status < 300) problems.push(...checkSuccess(ours, seen));
  if (seen.status === 422 || !mixed) problems.push(...checkLocs(ours, seen));
  if (ours.text && !new RegExp(ours.text, "s").test(seen.text)) problems.push(`text does not match ${ours.text}`);
  if (ours.notText && new RegExp(ours.notText, "s").test(seen.text)) problems.push(`text matches ${ours.notText}`);
  problems.push(...checkCalls(ours, request, seen));
  if (seen.other.length > 0) problems.push("another origin was contacted");
  return problems;
}

function checkSuccess(ours: Expectation, seen: Observed): string[] {
  const problems: string[] = [];
  if (ours.body !== undefined) problems.push(...mismatches(ours.body, seen.json, seen.before, ours.exact));
  const detail = (seen.json as { detail?: unknown } | undefined)?.detail;
  if (ours.detail && !(typeof detail === "string" && new RegExp(ours.detail, "s").test(detail))) {
    problems.push(`detail ${show(detail)} does not match ${ours.detail}`);
  }
  if (ours.notDetail && typeof detail === "string" && new RegExp(ours.notDetail, "s").test(detail)) {
    problems.push(`detail ${show(detail)} matches ${ours.notDetail}`);
  }
  for (const [name, expected] of Object.entries(ours.headers ?? {})) {
    const value = String(seen.headers[name] ?? "");
    if (!(expected.startsWith("^") ? new RegExp(expected, "s").test(value) : value === expected)) {
      problems.push(`header ${name}: ${show(value)}, expected ${expected}`);
    }
  }
  for (const [rpc, expected] of Object.entries(ours.rpc ?? {})) {
    const calls = seen.calls.filter((call) => call.rpc === rpc);
    const tries = calls.map((call) => mismatches(expected, call.request, seen.before));
    if (!tries.some((found) => found.length === 0)) problems.push(`${rpc}: ${tries[0]?.join("; ") ?? "not called"}`);
  }
  for (const [rpc, expected] of Object.entries(ours.rpcHeaders ?? {})) {
    for (const [name, value] of Object.entries(expected)) {
      const sent = seen.calls.find((call) => call.rpc === rpc)?.headers[name] ?? null;
      if (sent !== value) problems.push(`${rpc} header ${name}: ${show(sent)}, expected ${show(value)}`);
    }
  }
  if (ours.inputs) problems.push(...checkInputs(ours.inputs, seen));
  problems.push(...checkTarget(ours, seen));
  return problems;
}

function checkInputs(expected: readonly unknown[], seen: Observed): string[] {
  const literals = seen.calls
    .map((call) => at(call.request, "inputs.literals") as { name: string }[] | undefined)
    .find((found) => found !== undefined);
  const names = (literals ?? []).map((literal) => literal.name);
  const wanted = expected.map((literal) => (literal as { name: string }).name);
  if (names.join() !== wanted.join()) return [`inputs ${names.join(", ") || "none"}, expected ${wanted.join(", ")}`];
  return mismatches(expected, literals, seen.before).map((problem) => `inputs${problem}`);
}

function checkLocs(ours: Expectation, seen: Observed): string[] {
  if (!ours.locs || ![422, 415].includes(seen.status)) return [];
  const detail = (seen.json as { detail?: unknown } | undefined)?.detail;
  if (seen.status === 415 && typeof detail === "string") return [];
  if (!Array.isArray(detail)) return [`detail is no list: ${show(detail)}`];
  const starts = (loc: readonly unknown[], prefix: readonly unknown[]) =>
    prefix.every((part, i) => String(loc[i]) === String(part));
  const locs = detail.map((item: { loc?: unknown[] }) => item.loc ?? []);
  return [
    ...ours.locs.filter((want) => !locs.some((loc) => starts(loc, want))).map((want) => `no problem at ${show(want)}`),
    ...locs
      .filter((loc) => !ours.locs?.some((want) => starts(loc, want)))
      .map((loc) => `unexpected problem at ${show(loc)}`),
  ];
}

function checkCalls(ours: Expectation, request: ExchangeRequest, seen: Observed): string[] {
  const problems: string[] = [];
  for (const rpc of ours.noRpc ?? []) {
    const called = seen.calls.filter((call) => rpc === "*" || call.rpc === rpc);
    if (called.length > 0) problems.push(`${called.map((call) => call.rpc).join(", ")} must not be called`);
  }
  for (const [rpc, max] of Object.entries(ours.rpcMax ?? {})) {
    const count = seen.calls.filter((call) => call.rpc === rpc).length;
    if (count > max) problems.push(`${rpc} called ${count} times, at most ${max}`);
  }
  for (const rpc of ours.once ?? []) {
    const ids = seen.calls.filter((call) => call.rpc === rpc).map((call) => show(at(call.request, "runId")));
    if (ids.length > 1 && (new Set(ids).size > 1 || ids[0] === "nothing"))
      problems.push(`${rpc} called ${ids.length} times`);
  }
  for (const [rpc, paths] of Object.entries(ours.rpcAbsent ?? {})) {
    for (const call of seen.calls.filter((one) => one.rpc === rpc)) {
      for (const path of paths) if (at(call.request, path) !== undefined) problems.push(`${rpc}: ${path} is there`);
    }
  }
  // Always: every RPC carries the credentials of its own request, and only those.
  const given = credentials(request);
  for (const call of seen.calls) {
    for (const name of ["authorization", "cookie"] as const) {
      if ((call.headers[name] ?? "") !== given[name])
        problems.push(`${call.rpc} carried ${name} ${show(call.headers[name])}`);
    }
  }
  return problems;
}

function credentials({ headers, headerList }: ExchangeRequest) {
  const all = headerList ?? Object.entries(headers);
  const first = (name: string) => all.find(([key]) => key.toLowerCase() === name)?.[1].trim() ?? "";
  return { authorization: first("authorization"), cookie: first("cookie") };
}

function checkTarget(ours: Expectation, seen: Observed): string[] {
  const problems: string[] = [];
  if (ours.target) {
    if (seen.target.length !== ours.target.length) {
      problems.push(`${seen.target.length} requests to the target, expected ${ours.target.length}`);
    } else
      ours.target.forEach((expected, index) => void problems.push(...targetMismatches(expected, seen.target[index])));
  }
  if (ours.targetFirst) problems.push(...targetMismatches(ours.targetFirst, seen.target[0]));
  for (const request of seen.target) {
    if (ours.targetOnly && !new RegExp(ours.targetOnly).test(request.path))
      problems.push(`the target got ${request.path}`);
    for (const name of ours.targetHeadersAbsent ?? [])
      if (request.headers[name]) problems.push(`the target got header ${name}`);
  }
  return problems;
}

function targetMismatches(expected: TargetExpectation, request: TargetRequest | undefined): string[] {
  if (!request) return ["the target was not called"];
  const [path = "", query = ""] = request.path.split("?");
  const problems: string[] = [];
  const text = (want: string, got: string) => (want.startsWith("^") ? new RegExp(want, "s").test(got) : want === got);
  if (expected.method && expected.method !== request.method) problems.push(`target method ${request.method}`);
  if (expected.path && !text(expected.path, path)) problems.push(`target path ${path}, expected ${expected.path}`);
  if (expected.query) {
    const got = new URLSearchParams(query);
    const values = Object.fromEntries([...new Set(got.keys())].map((key) => [key, got.getAll(key)]));
    problems.push(...mismatches(expected.query, values, undefined, false, "target query"));
  }
  for (const [name, want] of Object.entries(expected.headers ?? {})) {
    const got = request.headers[name] as string | undefined;
    if (want === null ? got !== undefined : !text(want, got ?? ""))
      problems.push(`target header ${name}: ${show(got)}`);
  }
  if ("json" in expected)
    problems.push(...mismatches(expected.json, parseBody(request.body), undefined, false, "target body"));
  if (expected.proto) {
    const spec = request.body.length > 0 ? fromBinary(ImageSpecSchema, request.body) : create(ImageSpecSchema);
    problems.push(...mismatches(expected.proto.json, toJson(ImageSpecSchema, spec), undefined, false, "target body"));
  }
  return problems;
}

function parseBody(body: Buffer): unknown {
  try {
    return body.length === 0 ? undefined : parseJson(body.toString());
  } catch {
    return undefined;
  }
}
