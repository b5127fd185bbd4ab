/** The smallest useful webhook: three endpoints by name. Serve it: node examples/individual-endpoints/webhook.ts */
import { FlyteWebhookAppEnvironment, serve } from "@flyte-webhook/sdk";

export const minimalWebhook = new FlyteWebhookAppEnvironment({
  name: "minimal-webhook",
  title: "Minimal Webhook",
  endpoints: ["health", "run_task", "get_run"],
  resources: { cpu: 1, memory: "512Mi" },
  requiresAuth: true,
});

if (import.meta.main) {
  const app = await serve(minimalWebhook);
  console.log(`Minimal webhook: ${app.endpoint}/docs`);
}
