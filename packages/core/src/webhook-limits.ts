/** Bounds on what comes from outside, and on how long it may take. */
export interface WebhookLimits {
  /** Largest request body in bytes: 413 beyond. Default 1 MiB: inputs beyond it could not be read back from a plane's store. */
  readonly bodyBytes: number;
  /** Levels of lists and objects in a body: 422 beyond. Default 64. */
  readonly jsonDepth: number;
  /** Keys of all objects of a body together: 422 beyond. Default 50,000. */
  readonly jsonKeys: number;
  /** Bytes of all headers of a request together: 431 beyond. Default 32 KiB. */
  readonly headerBytes: number;
  /** Longest address of a request in bytes, query included: 414 beyond. Default 16 KiB. */
  readonly urlBytes: number;
  /**
   * Milliseconds that a caller may take to send a request (408 beyond), and then the webhook to answer it (504 beyond).
   * What a request asks to wait (`wait`, `timeout`) comes on top. Default 60,000.
   */
  readonly requestMs: number;
  /** Milliseconds of one control-plane call, retries included: 504 beyond. Default 15,000. */
  readonly callMs: number;
  /** Milliseconds that `wait=true` waits for an app: 504 beyond. Default 300,000. */
  readonly waitMs: number;
  /** Largest answer of a called app in bytes that is read whole: 502 beyond. Default 16 MiB; streamed answers have no bound. */
  readonly answerBytes: number;
  /** Requests in work at once: 503 with `Retry-After` beyond. `/health` and the documentation do not count. Default 1,024. */
  readonly concurrentRequests: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const HOUR_MS = 3_600_000;

export const DEFAULT_LIMITS: WebhookLimits = {
  bodyBytes: MIB,
  jsonDepth: 64,
  jsonKeys: 50_000,
  headerBytes: 32 * KIB,
  urlBytes: 16 * KIB,
  requestMs: 60_000,
  callMs: 15_000,
  waitMs: 300_000,
  answerBytes: 16 * MIB,
  concurrentRequests: 1024,
};

/** Least and greatest value of each limit, both allowed; all are whole numbers. */
export const LIMIT_RANGES = {
  bodyBytes: [1 * KIB, 64 * MIB],
  // The reader of JSON recurses, and has a bound of its own there.
  jsonDepth: [1, 500],
  jsonKeys: [1, 10_000_000],
  headerBytes: [1 * KIB, 1 * MIB],
  urlBytes: [256, 1 * MIB],
  requestMs: [100, HOUR_MS],
  callMs: [10, HOUR_MS],
  waitMs: [10, 24 * HOUR_MS],
  answerBytes: [1 * KIB, 1024 * MIB],
  concurrentRequests: [1, 1_000_000],
} as const satisfies Record<keyof WebhookLimits, readonly [number, number]>;

/** Limits of which only some are said. */
export type LimitOptions = { readonly [Name in keyof WebhookLimits]?: WebhookLimits[Name] | undefined };

/** All limits: of each the last value that is said, else its default. */
export function resolveLimits(...said: readonly (LimitOptions | undefined)[]): WebhookLimits {
  const limits: Record<keyof WebhookLimits, number> = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(limits) as (keyof WebhookLimits)[]) {
    for (const options of said) limits[name] = options?.[name] ?? limits[name];
  }
  return limits;
}
