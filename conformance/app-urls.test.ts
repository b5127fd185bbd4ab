import { GuardedClient } from "@flyte-webhook/client/outbound";
import { createDevbox } from "@flyte-webhook/devbox";
import { connect, FlyteWebhookAppEnvironment, serve } from "@flyte-webhook/sdk";
import { expect, test } from "vitest";

test("a webhook at an address with its name is served, and our client finds it", { timeout: 60_000 }, async () => {
  await using devbox = await createDevbox({ memory: true, appUrls: "name" });
  const { endpoint, apiKey } = devbox;
  const controlPlane = connect({ endpoint, apiKey, project: "flytesnacks", domain: "development" });
  const webhook = new FlyteWebhookAppEnvironment({ name: "hooks", endpointGroups: ["core"], scaling: { replicas: 1 } });
  const app = await serve(webhook, { controlPlane });
  expect(app.endpoint).toMatch(/^http:\/\/hooks-flytesnacks-development\.localhost:\d+$/);
  const client = new GuardedClient({ loopback: true });
  const url = new URL(`${app.endpoint}/health`);
  const { status } = await client.call({ url, method: "GET", headers: {}, timeoutMs: 5000 });
  client.close();
  expect(status).toBe(200);
});
