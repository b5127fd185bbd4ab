import type { Issue } from "@flyte-webhook/core";
import type { JsonValue } from "./json.ts";

/** Values nested deeper than this are refused rather than followed. */
export const MAX_DEPTH = 64;
/** More problems than this are counted, not told: an answer is read by a person. */
const MAX_ISSUES = 100;
/** Steps of schemas: one that names itself without taking anything from the value would go on for ever. */
const MAX_RECURSION = 512;
/**
 * Steps taken while trying variants inside variants inside variants; recursive ones could ask for 2^64 of them. Trials that
 * are not nested so take no more than their number times the size of the value.
 */
const MAX_TRIAL_STEPS = 300_000;
const FREE_TRIALS = 2;

/** Thrown to leave a conversion that would take too long; never leaves this package. */
class TooMuchWork extends Error {}

/**
 * One walk over a value: where it is, what is wrong so far, and how much work it may still do. A step that reports a
 * problem returns undefined; the walk goes on, so that every problem is told.
 */
export class Conversion {
  readonly #path: (string | number)[];
  readonly #base: number;
  #issues: Issue[] = [];
  #untold = 0;
  #recursion = 0;
  #trials = 0;
  #trialSteps = 0;
  readonly #followed: { readonly reference: object; readonly depth: number }[] = [];

  constructor(loc: Issue["loc"] = []) {
    this.#path = [...loc];
    this.#base = loc.length;
  }

  /** Every problem, the first hundred told. */
  get issues(): Issue[] {
    if (this.#untold === 0) return this.#issues;
    const msg = `${this.#untold} more problems are not shown`;
    return [...this.#issues, { type: "too_many_issues", loc: this.#path.slice(0, 1), msg }];
  }

  /** How long the path to here is. */
  get depth(): number {
    return this.#path.length;
  }

  /** Why variants were refused, in brackets, each problem with its place below here; empty without any. */
  reasons(issues: readonly Issue[]): string {
    if (issues.length === 0 || this.isTrial) return "";
    const texts = issues.slice(0, 4).map(({ loc, msg }) => [...loc.slice(this.depth), msg].join(" "));
    return ` (${[...new Set(texts)].join("; ")})`;
  }

  get failed(): boolean {
    return this.#issues.length > 0;
  }

  /** Whether a variant is being tried, so that problems need no good words. */
  get isTrial(): boolean {
    return this.#trials > 0;
  }

  /** Notes what is wrong here, or at `key` of here. */
  report(type: string, msg: string, value?: JsonValue, key?: string | number): undefined {
    if (this.#issues.length >= MAX_ISSUES) {
      this.#untold++;
      return undefined;
    }
    const loc = key === undefined ? [...this.#path] : [...this.#path, key];
    this.#issues.push({ type, loc, msg, ...(isSmall(value) && { input: value }) });
    return undefined;
  }

  /** Goes to the item at `key` of the value, until {@link leave}. False, and told, when it is nested too deep. */
  enter(key: string | number): boolean {
    if (this.#path.length - this.#base >= MAX_DEPTH) {
      this.report("out_of_range", `is nested deeper than ${MAX_DEPTH}`, undefined, key);
      return false;
    }
    this.#path.push(key);
    return true;
  }

  leave(): void {
    this.#path.pop();
  }

  /** Runs a step on the item at `key` of the value. */
  at<T>(key: string | number, step: () => T | undefined): T | undefined {
    if (!this.enter(key)) return undefined;
    const result = step();
    this.leave();
    return result;
  }

  /** Runs a step of a type or schema on the same value; `limit` is how many of them may be inside one another. */
  within<T>(step: () => T | undefined, limit = MAX_RECURSION): T | undefined {
    if (this.#recursion >= limit) return this.report("schema_violation", `has a type nested deeper than ${limit}`);
    if (this.#trials > FREE_TRIALS && ++this.#trialSteps > MAX_TRIAL_STEPS) throw new TooMuchWork();
    this.#recursion++;
    const result = step();
    this.#recursion--;
    return result;
  }

  /**
   * Follows a reference of a schema. One that is being followed already, for the same value, leads in a circle: nothing of
   * the value has been taken since.
   */
  follow<T>(reference: object, step: () => T | undefined): T | undefined {
    const depth = this.#path.length;
    for (let i = this.#followed.length - 1; i >= 0 && this.#followed[i]?.depth === depth; i--) {
      if (this.#followed[i]?.reference === reference) {
        return this.report("schema_violation", "cannot be checked: its type refers to itself without end");
      }
    }
    this.#followed.push({ reference, depth });
    const result = step();
    this.#followed.pop();
    return result;
  }

  /** Runs a step whose problems are not this conversion's yet; `accept` makes them so. */
  attempt<T>(step: () => T | undefined): { result: T | undefined; issues: readonly Issue[] } {
    const saved = this.#issues;
    const untold = this.#untold;
    this.#issues = [];
    this.#trials++;
    const result = step();
    const issues = this.#issues;
    this.#trials--;
    this.#issues = saved;
    this.#untold = untold;
    return { result: issues.length > 0 ? undefined : result, issues };
  }

  accept(issues: readonly Issue[]): undefined {
    for (const issue of issues) {
      if (this.#issues.length < MAX_ISSUES) this.#issues.push(issue);
      else this.#untold++;
    }
    return undefined;
  }

  /** Runs a whole conversion; one that would take too long is a problem like any other. */
  run<T>(step: () => T | undefined): T | undefined {
    const { length } = this.#path;
    const saved = this.#issues;
    const [recursion, trials, followed] = [this.#recursion, this.#trials, this.#followed.length];
    try {
      return step();
    } catch (error) {
      if (!(error instanceof TooMuchWork)) throw error;
      this.#path.length = length;
      this.#issues = saved;
      [this.#recursion, this.#trials, this.#followed.length] = [recursion, trials, followed];
      return this.report("out_of_range", "fits too many variants in too many ways to be checked; make it smaller");
    }
  }
}

/** Values that are worth repeating in an answer. */
function isSmall(value: JsonValue | undefined): boolean {
  if (value === undefined || (typeof value === "object" && value !== null)) return false;
  return typeof value === "bigint" ? value.toString().length <= 100 : typeof value !== "string" || value.length <= 100;
}
