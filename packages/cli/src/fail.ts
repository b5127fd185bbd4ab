import { FlyteWebhookError, renderError } from "@flyte-webhook/core";
import { type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { painter, tell, wantsColor } from "./output.ts";

/**
 * Tells an error as a person reads it and answers the exit code that goes with it. A stack is shown for DEBUG alone.
 * `noun`: the kind of thing that the command is about, as `apps`.
 */
export function tellError(thrown: unknown, noun?: string): ExitCode {
  const error = asOurs(thrown);
  const paint = painter(wantsColor(process.stderr, process.env));
  tell(`${paint("red", "error:")} ${renderError(error)}`);
  const advice = error.hint === undefined ? adviceOn(error.code, noun) : undefined;
  if (advice) tell(`  ${advice}`);
  if (error.code === "bug") {
    tell("  This is a defect of flyte-webhook; with DEBUG=1 it says where. Please report it.");
  }
  if (process.env.DEBUG) tell(String(error.cause instanceof Error ? error.cause.stack : error.stack));
  return exitCodeOf(error.code);
}

/** The next step for an error that does not say one itself. */
function adviceOn(code: string, noun: string | undefined): string | undefined {
  switch (code) {
    case "not_found":
      return noun && `See which there are with: flyte-webhook ${noun} list`;
    case "unauthenticated":
      return "Log in with `flyte-webhook login`, or set FLYTE_API_KEY; `flyte-webhook doctor` says what is amiss.";
    case "permission_denied":
      return "Ask who runs the control plane for a role that may; `flyte-webhook whoami` says who you are to it.";
    case "unavailable":
    case "deadline_exceeded":
      return "Find out why with: flyte-webhook doctor";
    default:
      return undefined;
  }
}

/** A declaration brings its own copy of the SDK, whose errors are of another class of the same name. */
function asOurs(thrown: unknown): FlyteWebhookError {
  if (thrown instanceof Error && thrown.name === "FlyteWebhookError" && "code" in thrown) {
    return thrown as FlyteWebhookError;
  }
  return FlyteWebhookError.from(thrown);
}
