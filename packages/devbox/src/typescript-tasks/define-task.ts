import { FlyteWebhookError } from "@flyte-webhook/core";
import { literalOf, TYPE_NAMES, type TypeName, type ValueTypes } from "./value-types.ts";

export type Signature = Readonly<Record<string, TypeName>>;

export type ValuesOf<S extends Signature> = { -readonly [K in keyof S]: ValueTypes[S[K]] };

/** An integer may be given as a number too, where it is exact. */
type GivenValuesOf<S extends Signature> = { [K in keyof S]: ValueTypes[S[K]] | (S[K] extends "int" ? number : never) };

export interface TaskOptions<I extends Signature, O extends Signature> {
  /** `environment.function`, as Flyte names tasks. */
  name: string;
  inputs: I;
  outputs: O;
  /** Values of inputs that a run may leave out. */
  defaults?: Partial<GivenValuesOf<I>>;
  /** Further attempts after one that raised. Default 0, at most 10. */
  retries?: number;
  /** Most seconds that one attempt may run. Default: no bound. */
  timeoutSeconds?: number;
  /** The task's work. What it raises is the run's error. */
  run(inputs: ValuesOf<I>): Promise<GivenValuesOf<O>> | GivenValuesOf<O>;
}

// A symbol of the global registry, so that a module that loaded another copy of this file is understood.
const MARK = Symbol.for("flyte-webhook.typescript-task");

export interface TypescriptTask<I extends Signature = Signature, O extends Signature = Signature>
  extends Readonly<TaskOptions<I, O>> {
  readonly [MARK]: true;
}

/**
 * Declares a task in TypeScript: export it from a file and register that file with a devbox.
 * Throws `invalid_declaration` for a declaration that no control plane would take.
 */
export function defineTask<const I extends Signature, const O extends Signature>(
  options: TaskOptions<I, O>,
): TypescriptTask<I, O> {
  const { name, inputs, outputs, defaults = {}, retries = 0, timeoutSeconds } = options;
  if (!/^[\w-]+(\.[\w-]+)+$/.test(name) || name.length > 255) {
    throw invalid(name, "its name is not `environment.function`", "Name it like `example.my_task`.");
  }
  for (const [variable, type] of [...Object.entries(inputs), ...Object.entries(outputs)]) {
    if (!TYPE_NAMES.includes(type)) {
      throw invalid(
        name,
        `${variable} has the type ${JSON.stringify(type)}`,
        `The types are ${TYPE_NAMES.join(", ")}.`,
      );
    }
  }
  for (const [variable, value] of Object.entries(defaults)) {
    const type = inputs[variable];
    if (type === undefined) throw invalid(name, `it has a default for ${variable}, which is no input`);
    if (literalOf(type, value) === undefined) throw invalid(name, `the default of ${variable} is no ${type}`);
  }
  if (!Number.isInteger(retries) || retries < 0 || retries > 10) throw invalid(name, "retries is not between 0 and 10");
  if (timeoutSeconds !== undefined && !(timeoutSeconds > 0)) throw invalid(name, "timeoutSeconds is not above 0");
  return Object.freeze({ ...options, [MARK]: true as const });
}

export function isTypescriptTask(value: unknown): value is TypescriptTask {
  return typeof value === "object" && value !== null && MARK in value;
}

function invalid(name: string, problem: string, hint?: string): FlyteWebhookError {
  return new FlyteWebhookError("invalid_declaration", `task ${JSON.stringify(name)}: ${problem}`, hint ? { hint } : {});
}
