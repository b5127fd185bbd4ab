import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { ENDPOINT_IDS, type EndpointId } from "./catalogue.ts";
import { FlyteWebhookError, formatPath } from "./error.ts";
import { LIMIT_RANGES, type WebhookLimits } from "./webhook-limits.ts";
import { WEBHOOK_SPEC_VERSION, type WebhookSpec } from "./webhook-spec.ts";

const text = z.string().check(z.minLength(1));
const names = z.optional(z.array(text));
const within = ([least, greatest]: readonly [number, number]) =>
  z.optional(z.int().check(z.minimum(least), z.maximum(greatest)));
const limits = z.strictObject(
  Object.fromEntries(Object.entries(LIMIT_RANGES).map(([name, range]) => [name, within(range)])) as Record<
    keyof WebhookLimits,
    ReturnType<typeof within>
  >,
);

const schema = z.strictObject({
  version: z.literal(WEBHOOK_SPEC_VERSION),
  name: text,
  title: z.string(),
  description: z.string(),
  endpoints: z.array(z.enum(ENDPOINT_IDS as readonly [EndpointId, ...EndpointId[]])).check(z.minLength(1)),
  taskAllowlist: names,
  appAllowlist: names,
  triggerAllowlist: names,
  hfTokenKeys: names,
  limits: z.optional(limits),
  requiresAuth: z.boolean(),
  port: z.int().check(z.minimum(1), z.maximum(65535)),
  org: z.string(),
  project: text,
  domain: text,
  consoleUrl: z.optional(z.url()),
}) satisfies z.ZodMiniType<WebhookSpec>;

/**
 * Reads a spec from plain data. Throws `invalid_spec` naming every problem.
 * A module of its own (`@flyte-webhook/core/parse-webhook-spec`), because only the runtime should pay for zod.
 */
export function parseWebhookSpec(data: unknown): WebhookSpec {
  const found = (data as { version?: unknown } | null)?.version;
  if (typeof found === "number" && found > WEBHOOK_SPEC_VERSION) {
    throw new FlyteWebhookError(
      "invalid_spec",
      `the webhook spec has version ${found}, this runtime reads ${WEBHOOK_SPEC_VERSION}`,
      { hint: "Deploy with an image of the same version as the SDK." },
    );
  }
  const result = schema.safeParse(data, { error: en().localeError });
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({
    type: issue.code ?? "invalid",
    loc: issue.path.map((part) => (typeof part === "number" ? part : String(part))),
    msg: issue.message,
  }));
  const summary = issues.map((issue) => `${formatPath(issue.loc) || "spec"}: ${issue.msg}`).join("; ");
  throw new FlyteWebhookError("invalid_spec", `the webhook spec is not valid: ${summary}`, { issues });
}
