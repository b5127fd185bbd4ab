import { InvalidArgumentError } from "commander";
import type { CommandContext } from "./context.ts";

/** An argument or option of a command; `T` is what its handler gets. */
export interface Parameter<T> {
  /** As commander reads it: `<file>`, `[files...]`, `--limit <n>`, `-y, --yes`. */
  readonly usage: string;
  readonly description: string;
  readonly fallback?: T | undefined;
  /** Environment variable that counts when the option is not given. */
  readonly env?: string | undefined;
  readonly choices?: readonly string[] | undefined;
  /** May be given several times; the handler gets them all. */
  readonly repeated?: boolean | undefined;
  /** Throws `InvalidArgumentError`, with what should be there instead. */
  readonly parse?: ((text: string) => unknown) | undefined;
  /** Never there; says what `T` is. */
  readonly value?: T;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;
export type Values<P extends Parameters> = { readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

export const argument = (usage: string, description: string): Parameter<string> => ({ usage, description });
export const optionalArgument = (usage: string, description: string): Parameter<string | undefined> => ({
  usage,
  description,
});
export const manyArguments = (usage: string, description: string): Parameter<readonly string[]> => ({
  usage,
  description,
});

export const flag = (usage: string, description: string): Parameter<boolean> => ({
  usage,
  description,
});
export const text = (usage: string, description: string, env?: string): Parameter<string | undefined> => ({
  usage,
  description,
  env,
});
export const texts = (usage: string, description: string): Parameter<readonly string[]> => ({
  usage,
  description,
  repeated: true,
});
export const choice = <const C extends string>(
  usage: string,
  description: string,
  choices: readonly C[],
): Parameter<C | undefined> => ({ usage, description, choices });

export interface NumberRange<T> {
  readonly fallback: T;
  readonly min: number;
  readonly max?: number;
}

export const integer = <T extends number | undefined>(
  usage: string,
  description: string,
  { fallback, min, max = Number.MAX_SAFE_INTEGER }: NumberRange<T>,
): Parameter<number | T> => ({
  usage,
  description,
  fallback,
  parse: (given) => {
    const number = Number(given);
    if (/^\d+$/.test(given) && number >= min && number <= max) return number;
    const upTo = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It should be a whole number ${upTo}.`);
  },
});

/** A span of time, in seconds on the command line and milliseconds for the handler. */
export const seconds = (usage: string, description: string, fallback: number): Parameter<number> => ({
  usage,
  description: `${description} (default: ${fallback / 1000})`,
  fallback,
  parse: (given) => {
    const number = Number(given);
    if (given.trim() !== "" && number > 0 && number <= 86_400) return number * 1000;
    throw new InvalidArgumentError("It should be a number of seconds, above 0 and at most 86400.");
  },
});

export interface CommandDefinition<A extends Parameters, O extends Parameters> {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What else its own help says. */
  readonly details?: string;
  readonly arguments?: A;
  readonly options?: O;
  /** Whether it talks to a control plane, and so takes the options that say which. */
  readonly plane?: boolean;
  /** What `--json` prints; absent: it prints no data and does not take the option. */
  readonly json?: string;
  /** Command lines, without the program's name. */
  readonly examples?: readonly string[];
  run(input: Values<A> & Values<O>, context: CommandContext): Promise<void>;
}

/** A command whose types the registration need not know. */
export type Command = Omit<CommandDefinition<Parameters, Parameters>, "run"> & {
  run(input: Readonly<Record<string, unknown>>, context: CommandContext): Promise<void>;
};

/** Commands about one kind of thing; without a verb, the first of them is meant. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

// biome-ignore lint/complexity/noBannedTypes: a command without parameters of its own
type None = {};

/** Data and handler of a command; the handler's input is typed by the data. */
export function defineCommand<A extends Parameters = None, O extends Parameters = None>(
  definition: CommandDefinition<A, O>,
): Command {
  return definition as unknown as Command;
}
