import { createHash } from "node:crypto";
import { type RunDetails, Runs } from "@flyte-webhook/client/runs";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { stringifyJson } from "@flyte-webhook/literals/json-text";
import type { Webhook } from "../webhook.ts";
import type { RouteRequest } from "./route.ts";

/** The header by which a caller says that a request is the same as one it has sent before. */
export const IDEMPOTENCY_KEY = "idempotency-key";

/** Where a run tells of which request it came; a replica that has not seen that request reads it from there. */
export const REQUEST_DIGEST = "flyte-webhook/request-digest";

/** What a key may be: 1 to 255 printable characters of ASCII. */
export const KEY_PATTERN = "^[\\x20-\\x7e]{1,255}$";

export interface Launch {
  /** The run's name, made of the key alone: every replica comes to the same one, and a plane has one run of a name. */
  readonly runName: string;
  /** Digest of what is asked for: the same key with another one is a mistake of the caller. */
  readonly digest: string;
}

/** The launch that a request's `Idempotency-Key` stands for; undefined without one. Throws `invalid_request`. */
export function launchOf({ received, parameters, inputs }: RouteRequest): Launch | undefined {
  const key = received.header(IDEMPOTENCY_KEY)?.trim();
  if (key === undefined) return undefined;
  if (!new RegExp(KEY_PATTERN).test(key)) {
    throw refused("string_pattern_mismatch", "Input should be 1 to 255 printable characters of ASCII");
  }
  const { domain, project, name, version } = parameters;
  const asked = stringifyJson([domain ?? "", project ?? "", name ?? "", version ?? "", inputs]);
  return { runName: `r${sha256(key).slice(0, 27)}`, digest: sha256(asked) };
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function refused(type: string, msg: string): FlyteWebhookError {
  const issues = [{ type, loc: ["header", "Idempotency-Key"], msg }];
  return new FlyteWebhookError("invalid_request", "the request is not valid", { issues });
}

/** Digests by run name of what this process has launched, the oldest first. */
const LAUNCHED = new WeakMap<Webhook, Map<string, string>>();
const MAX_REMEMBERED = 10_000;

/** Remembers a launch before it is made, so that the same key with another body is told even while it is in work. */
export function remember(webhook: Webhook, { runName, digest }: Launch): void {
  const launched = LAUNCHED.get(webhook) ?? new Map<string, string>();
  LAUNCHED.set(webhook, launched);
  launched.delete(runName);
  launched.set(runName, digest);
  const [oldest] = launched.keys();
  if (launched.size > MAX_REMEMBERED && oldest !== undefined) launched.delete(oldest);
}

/** Forgets a launch of which nothing came. */
export function forget(webhook: Webhook, { runName }: Launch): void {
  LAUNCHED.get(webhook)?.delete(runName);
}

/**
 * The run that the launch has made already, as far as it can be known: of a run that does not tell its request, and that
 * this process did not launch, the plane decides. Throws `invalid_request` when the key stands for another request.
 */
export async function launchedRun(
  webhook: Webhook,
  { call }: Pick<RouteRequest, "call">,
  { runName, digest }: Launch,
): Promise<RunDetails | undefined> {
  const remembered = LAUNCHED.get(webhook)?.get(runName);
  if (remembered !== undefined && remembered !== digest) throw otherRequest();
  const run = await new Runs(webhook.connection).get(runName, call()).catch((error: unknown) => {
    if (error instanceof FlyteWebhookError && error.code === "not_found") return undefined;
    throw error;
  });
  const told = run?.runSpec?.annotations?.values[REQUEST_DIGEST] ?? remembered;
  if (told !== undefined && told !== digest) throw otherRequest();
  return told === undefined ? undefined : run;
}

const otherRequest = () =>
  refused(
    "idempotency_key_reused",
    "This key was sent with another task or other inputs; a new request needs a new key",
  );
