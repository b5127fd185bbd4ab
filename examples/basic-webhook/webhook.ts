/** A webhook with every endpoint. Serve it: node examples/basic-webhook/webhook.ts */
import { FlyteWebhookAppEnvironment, serve } from "@flyte-webhook/sdk";

export const webhookEnv = new FlyteWebhookAppEnvironment({
  name: "my-webhook",
  title: "My Flyte Webhook",
  description: "A pre-built webhook service for Flyte operations",
  resources: { cpu: 1, memory: "512Mi" },
  requiresAuth: true,
  scaling: { replicas: 1 },
});

if (import.meta.main) {
  const app = await serve(webhookEnv);
  console.log(`Webhook is served on ${app.url}`);
  console.log(`OpenAPI docs available at: ${app.endpoint}/docs`);
}
