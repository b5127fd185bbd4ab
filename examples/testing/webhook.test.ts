import { createDevbox } from "@flyte-webhook/devbox";
import { connect, serve } from "@flyte-webhook/sdk";
import { ofetch } from "ofetch";
import { expect, test } from "vitest";
import { webhookEnv } from "../basic-webhook/webhook.ts";

/** The declaration as it would be deployed, against a control plane of this test's own. */
async function devboxAndPlane() {
  const devbox = await createDevbox({ memory: true });
  const { endpoint, apiKey } = devbox;
  const controlPlane = connect({ endpoint, apiKey, project: "flytesnacks", domain: "development" });
  return {
    devbox,
    controlPlane,
    [Symbol.asyncDispose]: async () => {
      await controlPlane.close();
      await devbox.close();
    },
  };
}

test("the webhook is served, and passes its caller's credential on", async () => {
  await using plane = await devboxAndPlane();
  const { devbox, controlPlane } = plane;
  const app = await serve(webhookEnv, { controlPlane });
  const headers = { authorization: `Bearer ${devbox.apiKey}` };
  expect(await ofetch("/me", { baseURL: app.endpoint, headers })).toMatchObject({ subject: "admin" });
  expect(devbox.calls.of("IdentityService/UserInfo").map(({ caller, outcome }) => [caller, outcome])).toEqual([
    ["admin", "ok"],
  ]);
});

test("an image that cannot be pulled is told as such", async () => {
  await using plane = await devboxAndPlane();
  const { devbox, controlPlane } = plane;
  devbox.faults.app(webhookEnv.name).imagePullError();
  await expect(serve(webhookEnv, { controlPlane })).rejects.toMatchObject({
    code: "deploy_failed",
    message: expect.stringContaining("(IMAGE_PULL_ERROR): Unable to fetch image"),
    hint: expect.stringContaining("Check that the image exists"),
  });
});

test("a control plane that is away for a moment", async () => {
  await using plane = await devboxAndPlane();
  const { devbox, controlPlane } = plane;
  const app = await serve(webhookEnv, { controlPlane });
  const headers = { authorization: `Bearer ${devbox.apiKey}` };
  const fault = devbox.faults.rpc("IdentityService/UserInfo").fails("unavailable");
  const answer = await fetch(`${app.endpoint}/me`, { headers });
  expect([answer.status, fault.hits > 0]).toEqual([503, true]);
  fault.lift();
  expect((await fetch(`${app.endpoint}/me`, { headers })).status).toBe(200);
});
