/** A webhook for three tasks and their runs; every other task is refused. Serve it: node examples/task-allowlist/webhook.ts */
import { FlyteWebhookAppEnvironment, serve } from "@flyte-webhook/sdk";

export const restrictedWebhook = new FlyteWebhookAppEnvironment({
  name: "restricted-webhook",
  title: "Restricted Webhook",
  endpointGroups: ["core", "task", "run"],
  taskAllowlist: [
    "production/my-project/allowed-task", // this one
    "my-project/another-task", // in any domain
    "any-domain-task", // in any domain and project
  ],
  resources: { cpu: 1, memory: "512Mi" },
  requiresAuth: true,
});

if (import.meta.main) {
  const app = await serve(restrictedWebhook);
  console.log(`Restricted webhook: ${app.endpoint}/docs`);
}
