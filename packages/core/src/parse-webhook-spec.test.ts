import { describe, expect, it } from "vitest";
import { FlyteWebhookError } from "./error.ts";
import { parseWebhookSpec } from "./parse-webhook-spec.ts";
import { DEFAULT_LIMITS, LIMIT_RANGES } from "./webhook-limits.ts";
import type { WebhookSpec } from "./webhook-spec.ts";

const SPEC: WebhookSpec = {
  version: 1,
  name: "hook",
  title: "Hook",
  description: "",
  endpoints: ["health"],
  requiresAuth: true,
  port: 8080,
  org: "",
  project: "p",
  domain: "d",
};

function problems(change: object): string[] {
  try {
    parseWebhookSpec({ ...SPEC, ...change });
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_spec" });
    return (error as FlyteWebhookError).issues.map((issue) => issue.loc.join("."));
  }
}

describe("a spec", () => {
  it("reads back as it was written, with and without limits", () => {
    expect(parseWebhookSpec(SPEC)).toEqual(SPEC);
    const limited = { ...SPEC, limits: { bodyBytes: 2048, concurrentRequests: 8 } };
    expect(parseWebhookSpec(limited)).toEqual(limited);
    expect(parseWebhookSpec({ ...SPEC, limits: DEFAULT_LIMITS })).toMatchObject({ limits: DEFAULT_LIMITS });
  });

  it("names every limit that is out of its range, no whole number, or unknown", () => {
    for (const [name, [least, greatest]] of Object.entries(LIMIT_RANGES)) {
      for (const value of [least - 1, greatest + 1, least + 0.5, String(least), null]) {
        expect(problems({ limits: { [name]: value } })).toEqual([`limits.${name}`]);
      }
      expect(problems({ limits: { [name]: least } })).toEqual([]);
      expect(problems({ limits: { [name]: greatest } })).toEqual([]);
    }
    expect(problems({ limits: { callMs: 0, waitMs: 0 } })).toEqual(["limits.callMs", "limits.waitMs"]);
    expect(problems({ limits: { timeout: 1 } })).toEqual(["limits"]);
  });

  it("of a newer version tells how to mend it", () => {
    expect(() => parseWebhookSpec({ ...SPEC, version: 2 })).toThrow(/version 2, this runtime reads 1/);
    expect(() => parseWebhookSpec({ ...SPEC, version: 2 })).toThrow(FlyteWebhookError);
  });
});
