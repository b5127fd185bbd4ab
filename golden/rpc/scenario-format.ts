/** A recorded scenario: requests to a control plane in order, with the answers of a real one. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonRecord = Record<string, Json>;

export interface Scenario {
  id: string;
  section: string;
  doc: string;
  /** `false` marks behaviour that ours replaces by what `better` says. */
  copy?: boolean;
  better?: string;
  steps: Step[];
}

export interface Step {
  /** `package.Service/Method`, a unary call unless `stream`. */
  rpc?: string;
  request?: Json;
  /** The body as it is, instead of `request`. */
  rawBody?: string;
  headers?: Record<string, string>;
  stream?: boolean;
  until?: Until;
  /** A plain HTTP request instead of an RPC. */
  http?: HttpStep;
  showHeaders?: string[];
  bodyAs?: "base64" | "none" | "size";
  /** Only these paths are looked at, under new names. */
  view?: Record<string, string>;
  /** Equal messages in a row count once. */
  dedupe?: boolean;
  /** Starts a stream and goes on; `await` looks at what it saw. */
  background?: string;
  settleMs?: number;
  await?: string;
  sleepMs?: number;
  capture?: Record<string, string>;
  waitUntil?: WaitUntil;
  expect?: Expectation;
}

/** When a stream has been watched enough. */
export interface Until {
  ended?: boolean;
  messages?: number;
  path?: string;
  equals?: Json;
  maxMs?: number;
}

export interface HttpStep {
  method?: string;
  path?: string;
  url?: string;
  headers?: Record<string, string>;
  body?: string;
  bodyBase64?: string;
  json?: Json;
  bodyRepeat?: { before?: string; text: string; count: number; after?: string };
  gzip?: boolean;
}

export interface WaitCondition {
  path?: string;
  equals?: Json;
  present?: boolean;
  count?: number;
}

export interface WaitUntil extends WaitCondition {
  all?: WaitCondition[];
  timeoutMs?: number;
  everyMs?: number;
}

export interface Expectation {
  ok?: Json;
  error?: { code: string; status?: number };
  dropped?: boolean;
  messages?: Json[];
  ended?: boolean;
  match?: "subsequence";
  http?: JsonRecord;
  /** Paths whose values differ from run to run: only their type is compared; with `?` they may be absent. */
  volatile?: string[];
}

/** What a step saw. */
export interface Observation {
  ok?: Json;
  error?: { code: string; message: string; status?: number };
  /** The connection was cut before an answer. */
  dropped?: boolean;
  /** Nothing came in time. */
  silent?: boolean;
  messages?: Json[];
  ended?: boolean;
  http?: JsonRecord;
  /** A `waitUntil` that never held, with what was seen last. */
  timedOut?: Observation;
}

/** The value at a path like `a.b[0].c`. */
export function at(value: Json | undefined, path: string): Json | undefined {
  let found: Json | undefined = value;
  for (const part of path.match(/[^.[\]]+/g) ?? []) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Array.isArray(found) ? found[Number(part)] : found[part];
  }
  return found;
}

/** The values at the paths of a view; what is absent is left out. */
export function viewed(value: Json, view: Record<string, string> | undefined): Json {
  if (!view) return value;
  const entries = Object.entries(view).map(([name, path]) => [name, at(value, path)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
}
