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

describe("a request that changes something, with a cookie alone", () => {
  const send = (headers: Record<string, string>, path = "/run/r/abort", method = "POST") =>
    webhook().app.request(`http://hook.example${path}`, {
      method,
      headers: { host: "hook.example", cookie: "session=abc", ...headers },
    });
  it.each([
    [{ origin: "https://evil.example" }],
    [{ origin: "null" }],
    [{ origin: "https://hook.example.evil.example" }],
    [{ "sec-fetch-site": "cross-site" }],
    [{ "sec-fetch-site": "same-site" }],
    [{ "sec-fetch-site": "odd" }],
    [{ origin: "https://hook.example", "sec-fetch-site": "cross-site" }],
    // A form of another site, sent by a browser too old to say where it is from.
    [{}],
    [{ "content-type": "text/plain" }],
    [{ "content-type": "application/x-www-form-urlencoded" }],
  ])("from elsewhere is 403: %j", async (headers) => {
    const answer = await send(headers);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: "permission_denied" });
  });
  it.each([
    [{ origin: "https://hook.example" }],
    [{ "sec-fetch-site": "same-origin" }],
    [{ "sec-fetch-site": "none" }],
    // Behind a proxy that names the host anew.
    [{ origin: "https://public.example", "sec-fetch-site": "same-origin" }],
    [{ origin: "https://hook.example", "sec-fetch-site": "same-origin" }],
    [{ "content-type": "application/json" }],
    [{ origin: "https://evil.example", "sec-fetch-site": "cross-site", authorization: "Bearer t" }],
  ])("from here is not: %j", async (headers) => {
    expect((await send(headers as Record<string, string>)).status).not.toBe(403);
  });
  it("and one that only reads may come from anywhere", async () => {
    expect((await send({ origin: "https://evil.example" }, "/me", "GET")).status).toBe(200);
  });
});
