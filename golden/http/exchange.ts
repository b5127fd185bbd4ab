/** The shape of an exchange file; its `meta` explains the fields. */
import type { JsonValue } from "@bufbuild/protobuf";
import type { World } from "./stub-control-plane.ts";
import type { TargetAnswer } from "./target-listener.ts";

export interface ExchangeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly headerList?: readonly (readonly [string, string])[];
  readonly body?: JsonValue;
  readonly rawBody?: string;
}

export interface Expectation {
  readonly status: number | readonly number[];
  readonly body?: unknown;
  readonly exact?: boolean;
  readonly detail?: string;
  readonly notDetail?: string;
  readonly text?: string;
  readonly notText?: string;
  readonly locs?: readonly (readonly (string | number)[])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly rpc?: Readonly<Record<string, unknown>>;
  readonly rpcAbsent?: Readonly<Record<string, readonly string[]>>;
  readonly rpcHeaders?: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
  readonly rpcMax?: Readonly<Record<string, number>>;
  readonly noRpc?: readonly string[];
  readonly once?: readonly string[];
  readonly inputs?: readonly unknown[];
  readonly target?: readonly TargetExpectation[];
  readonly targetFirst?: TargetExpectation;
  readonly targetOnly?: string;
  readonly targetHeadersAbsent?: readonly string[];
}

export interface TargetExpectation {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, readonly string[]>>;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly json?: unknown;
  readonly proto?: { readonly type: string; readonly json: unknown };
}

export interface ExchangeRow {
  readonly id: string;
  /** Null for what belongs to no endpoint. */
  readonly endpoint: string | null;
  readonly config: string;
  readonly request: ExchangeRequest;
  readonly before?: readonly ExchangeRequest[];
  readonly world?: World;
  /** What Python's webhook answered; null for a row without a recording. */
  readonly python: { readonly status: number; readonly json?: JsonValue } | null;
  readonly ours: Expectation;
  /** Whether ours deliberately differs from Python, and why; `why` also tells what a row without a recording is about. */
  readonly differs: boolean;
  readonly why?: string;
}

export interface ExchangeFile {
  readonly meta: { readonly targetListener: { readonly paths: Readonly<Record<string, TargetAnswer>> } };
  readonly configs: Readonly<Record<string, ExchangeConfig>>;
  readonly world: World;
  readonly rows: readonly ExchangeRow[];
}

export interface ExchangeConfig {
  readonly options: Readonly<Record<string, unknown>>;
  readonly environ: Readonly<Record<string, string>>;
  readonly context: Readonly<Record<string, unknown>>;
}
