import { Code, ConnectError } from "@connectrpc/connect";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { describe, expect, it } from "vitest";
import { errorAnswer } from "./error-response.ts";

const detail = (message: string, options: { cause?: unknown } = { cause: new Error("the plane") }) => {
  const error = new FlyteWebhookError("invalid_argument", message, options);
  return (JSON.parse(errorAnswer(error, "id").body ?? "") as { detail: string }).detail;
};

describe("what a control plane says of a request", () => {
  it.each([
    "scalar {\n primitive {\n integer: 5 }}",
    "cannot open /var/lib/flyte/store",
    "failed at store.go:42",
    'Traceback (most recent call last): File "x"',
    "http://10.0.0.1:8090 answered HTTP 403",
  ])("is not passed on with internals in it: %s", (message) => {
    expect(detail(message)).toBe("The control plane refused this: invalid_argument");
  });

  it.each([
    "task development/flytesnacks/env.add has no version v3",
    "name must match ^[a-z]{1,30}$",
    "uri s3://bucket/home/x is not readable",
  ])("is passed on else, as the caller must mend it: %s", (message) => {
    expect(detail(message)).toBe(message);
  });

  it("our own words are never held back", () => {
    expect(detail("The path /etc/x leaves the app's endpoint", {})).toMatch(/\/etc\/x/);
  });
});

describe("Retry-After", () => {
  const after = (code: "resource_exhausted" | "unavailable" | "overloaded", said?: string) => {
    const metadata = said === undefined ? undefined : { "retry-after": said };
    const cause = new ConnectError("slow down", Code.ResourceExhausted, metadata);
    return errorAnswer(new FlyteWebhookError(code, "slow down", { cause }), "id").headers["retry-after"];
  };

  it("is what the control plane says, in seconds, else one", () => {
    expect(after("resource_exhausted", "30")).toBe("30");
    expect(after("unavailable", "120")).toBe("120");
    expect(after("resource_exhausted")).toBe("1");
    expect(after("resource_exhausted", "a\tb")).toBe("1");
    expect(errorAnswer(new FlyteWebhookError("overloaded", "full"), "id").headers["retry-after"]).toBe("1");
  });
});
