/** What a script can tell the ends of a command apart by. Shown in `--help` and in docs/cli.md. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrong: 2,
  refused: 3,
  notFound: 4,
  notAllowed: 5,
  unreachable: 6,
  notServing: 7,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [EXIT.done, "done"],
  [EXIT.failed, "failed: whatever has no code of its own, a webhook's answer of 400 or above, a failed doctor's check"],
  [EXIT.wrong, "wrong: the command line, the declaration or the configuration; nothing was done"],
  [EXIT.refused, "the plan does more than --fail-on allows"],
  [EXIT.notFound, "there is no such app, task, run or trigger"],
  [EXIT.notAllowed, "not logged in, or not permitted"],
  [EXIT.unreachable, "the control plane or the webhook cannot be reached, or did not answer in time"],
  [EXIT.notServing, "deployed, but it does not serve"],
  [EXIT.interrupted, "interrupted with Ctrl-C (143: by SIGTERM)"],
];

/** Codes of errors that end a command with something else than {@link EXIT.failed}. */
const BY_ERROR: Readonly<Record<string, ExitCode>> = {
  invalid_declaration: EXIT.wrong,
  invalid_config: EXIT.wrong,
  invalid_request: EXIT.wrong,
  invalid_argument: EXIT.wrong,
  not_found: EXIT.notFound,
  unauthenticated: EXIT.notAllowed,
  permission_denied: EXIT.notAllowed,
  unavailable: EXIT.unreachable,
  deadline_exceeded: EXIT.unreachable,
  target_unreachable: EXIT.unreachable,
  target_timeout: EXIT.unreachable,
  deploy_failed: EXIT.notServing,
};

export function exitCodeOf(errorCode: string): ExitCode {
  return BY_ERROR[errorCode] ?? EXIT.failed;
}
