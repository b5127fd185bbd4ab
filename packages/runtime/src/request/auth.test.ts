import { IdentityService } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { describe, expect, it } from "vitest";
import { recordedWebhook } from "../testing/recorded-webhook.ts";

const webhook = () =>
  recordedWebhook(({ service }) => service(IdentityService, { userInfo: () => ({ subject: "s", name: "n" }) }));

describe("credentials", () => {
  it.each([
    [{}],
    [{ authorization: "" }],
    [{ authorization: "  " }],
    [{ authorization: "Bearer" }],
    [{ authorization: "bearer " }],
    [{ authorization: "Basic", cookie: "session=abc" }],
    [{ cookie: "" }],
  ])("%j are none: 401 without a call", async (headers) => {
    const { app, calls } = webhook();
    const answer = await app.request("/me", { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(await answer.json()).toMatchObject({ detail: "Authentication credentials required" });
    expect(calls).toEqual([]);
  });

  it.each([
    [{ authorization: "Bearer t" }],
    [{ authorization: "Basic dTpw" }],
    // The plane judges whatever else there is, as with Python.
    [{ authorization: "t" }],
    [{ cookie: "session=abc" }],
    [{ authorization: "Bearer t", cookie: "session=abc" }],
  ])("%j go to the control plane as they are", async (headers) => {
    const { app, calls } = webhook();
    expect((await app.request("/me", { headers })).status).toBe(200);
    expect(calls.map(({ caller }) => caller)).toEqual([{ authorization: undefined, cookie: undefined, ...headers }]);
  });
});
