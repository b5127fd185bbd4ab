import { FlyteWebhookError, renderError } from "@flyte-webhook/core";

/** One line of data for machines on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Progress and everything else for people goes to stderr, so that stdout is data. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** An error as a person reads it; only a bug shows its stack. */
export function fail(thrown: unknown): never {
  const error = FlyteWebhookError.from(thrown);
  tell(`error: ${renderError(error)}`);
  if (error.code === "bug" && error.cause instanceof Error && process.env.DEBUG) tell(String(error.cause.stack));
  process.exit(1);
}
