/** A webhook that only runs tasks and follows runs: the endpoints of three groups. Serve it: node examples/endpoint-groups/webhook.ts */
import { FlyteWebhookAppEnvironment, serve } from "@flyte-webhook/sdk";

export const taskRunnerWebhook = new FlyteWebhookAppEnvironment({
  name: "task-runner-webhook",
  title: "Task Runner Webhook",
  endpointGroups: ["core", "task", "run"],
  resources: { cpu: 1, memory: "512Mi" },
  requiresAuth: true,
});

if (import.meta.main) {
  const app = await serve(taskRunnerWebhook);
  console.log(`Task runner: ${app.endpoint}/docs`);
}
