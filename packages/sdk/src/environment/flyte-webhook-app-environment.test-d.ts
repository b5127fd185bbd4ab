/** Compiled, never run: what an editor accepts and what it underlines. */
import {
  AppEnvironment,
  type AppEnvironmentOptions,
  Device,
  FlyteWebhookAppEnvironment,
  type FlyteWebhookAppEnvironmentOptions,
  Port,
  Secret,
} from "../index.ts";

new FlyteWebhookAppEnvironment({ name: "w" });
new FlyteWebhookAppEnvironment({ name: "w", endpointGroups: ["core", "task"], taskAllowlist: [] });
new FlyteWebhookAppEnvironment({
  name: "w",
  endpoints: ["health", "run_task"],
  secrets: ["k", new Secret({ key: "l" })],
});
new FlyteWebhookAppEnvironment({ name: "w", resources: { cpu: [1, "2"], gpu: "T4:1" } });
new FlyteWebhookAppEnvironment({ name: "w", scaling: { replicas: [0, 3], metric: { concurrency: 10 } } });
new FlyteWebhookAppEnvironment({ name: "w" }).cloneWith({ name: "x", title: "X" }).endpoints;
new FlyteWebhookAppEnvironment({ name: "w", hfTokenKeys: ["team-hf"], limits: { bodyBytes: 4096, callMs: 5000 } });
new AppEnvironment({ name: "a", resources: { cpu: "500m", memory: ["1.5Gi", "2Gi"], disk: "10G", shm: "auto" } });
Device.gpu("H100", { partition: "1g.10gb" });

// @ts-expect-error the name is required
new FlyteWebhookAppEnvironment({});
// @ts-expect-error both filters
new FlyteWebhookAppEnvironment({ name: "w", endpoints: ["health"], endpointGroups: ["core"] });
// @ts-expect-error an unknown endpoint
new FlyteWebhookAppEnvironment({ name: "w", endpoints: ["run-task"] });
// @ts-expect-error an unknown group
new FlyteWebhookAppEnvironment({ name: "w", endpointGroups: ["tasks"] });
// @ts-expect-error a snake_case option
new FlyteWebhookAppEnvironment({ name: "w", requires_auth: true });
// @ts-expect-error both metrics
new FlyteWebhookAppEnvironment({ name: "w", scaling: { metric: { concurrency: 1, requestRate: 1 } } });
// @ts-expect-error memory is a quantity with a unit
new FlyteWebhookAppEnvironment({ name: "w", resources: { memory: 512 } });
// @ts-expect-error no such unit
new FlyteWebhookAppEnvironment({ name: "w", resources: { memory: "512MB" } });
// @ts-expect-error no quantity
new FlyteWebhookAppEnvironment({ name: "w", resources: { memory: "lots" } });
// @ts-expect-error cores have no such unit
new FlyteWebhookAppEnvironment({ name: "w", resources: { cpu: "1Gi" } });
// @ts-expect-error only shared memory can be automatic
new FlyteWebhookAppEnvironment({ name: "w", resources: { disk: "auto" } });
// @ts-expect-error a port's name is one of two
new AppEnvironment({ name: "a", port: new Port({ port: 3000, name: "grpc" }) });
// @ts-expect-error secrets are mounted in one place
new AppEnvironment({ name: "a", secrets: new Secret({ key: "k", mount: "/tmp" }) });
// @ts-expect-error no such number of that accelerator
new FlyteWebhookAppEnvironment({ name: "w", resources: { gpu: "T4:9" } });
// @ts-expect-error no such limit
new FlyteWebhookAppEnvironment({ name: "w", limits: { bodySize: 1 } });
// @ts-expect-error limits are a webhook's
new AppEnvironment({ name: "a", limits: { bodyBytes: 4096 } });
// @ts-expect-error a title is a webhook's
new AppEnvironment({ name: "a", title: "A" });
// @ts-expect-error parameters are Python's
new AppEnvironment({ name: "a", parameters: [{ name: "p", value: "1" }] });
// @ts-expect-error a partition of another accelerator
Device.gpu("A100", { partition: "1g.10gb" });
// @ts-expect-error a TPU is no GPU
Device.gpu("V5E");

type Gpu = NonNullable<AppEnvironmentOptions["resources"]>["gpu"];
type Endpoint = NonNullable<FlyteWebhookAppEnvironmentOptions["endpoints"]>[number];
type Group = NonNullable<FlyteWebhookAppEnvironmentOptions["endpointGroups"]>[number];
/** An editor completes what is a union of literals: `string` is none. */
type Completes<T> = string extends T ? false : true;
const completes: [Completes<Gpu>, Completes<Endpoint>, Completes<Group>] = [true, true, true];
void completes;
