/** A webhook that starts, stops and shows two apps. Serve it: node examples/app-allowlist/webhook.ts */
import { FlyteWebhookAppEnvironment, serve } from "@flyte-webhook/sdk";

export const appManagerWebhook = new FlyteWebhookAppEnvironment({
  name: "app-manager-webhook",
  title: "App Manager Webhook",
  endpointGroups: ["core", "app"],
  appAllowlist: ["my-app", "another-app"],
  resources: { cpu: 1, memory: "512Mi" },
  requiresAuth: true,
});

if (import.meta.main) {
  const app = await serve(appManagerWebhook);
  console.log(`App manager: ${app.endpoint}/docs`);
}
