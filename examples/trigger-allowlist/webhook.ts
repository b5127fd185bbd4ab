/** A webhook that switches one trigger of one task, and another of any task. Serve it: node examples/trigger-allowlist/webhook.ts */
import { FlyteWebhookAppEnvironment, serve } from "@flyte-webhook/sdk";

export const triggerManagerWebhook = new FlyteWebhookAppEnvironment({
  name: "trigger-manager-webhook",
  title: "Trigger Manager Webhook",
  endpointGroups: ["core", "trigger"],
  triggerAllowlist: ["my-task/my-trigger", "another-trigger"],
  resources: { cpu: 1, memory: "512Mi" },
  requiresAuth: true,
});

if (import.meta.main) {
  const app = await serve(triggerManagerWebhook);
  console.log(`Trigger manager: ${app.endpoint}/docs`);
}
