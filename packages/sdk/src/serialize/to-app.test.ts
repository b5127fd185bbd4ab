import { toBinary, toJson } from "@bufbuild/protobuf";
import { WEBHOOK_COMMAND } from "@flyte-webhook/core";
import { AppSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { expect, test } from "vitest";
import { AppEnvironment } from "../environment/app-environment.ts";
import {
  FlyteWebhookAppEnvironment,
  type FlyteWebhookAppEnvironmentOptions,
} from "../environment/flyte-webhook-app-environment.ts";
import { DEFAULT_IMAGE } from "../images/image.ts";
import { Device } from "../values/device.ts";
import { PodTemplate } from "../values/pod-template.ts";
import { Secret } from "../values/secret.ts";
import { VERSION } from "../version.ts";
import { encodeWebhookSpec } from "./encode-webhook-spec.ts";
import { toApp } from "./to-app.ts";
import { toWebhookSpec } from "./to-webhook-spec.ts";

const PLACE = { org: "acme", project: "flytesnacks", domain: "development" };

const SEED: FlyteWebhookAppEnvironmentOptions = {
  name: "my-webhook",
  title: "My Flyte Webhook",
  description: "A pre-built webhook service for Flyte operations",
  resources: { cpu: 1, memory: "512Mi" },
  requiresAuth: true,
  scaling: { replicas: 1 },
};

// biome-ignore lint/suspicious/noExplicitAny: JSON of a message, read by path.
const json = (environment: AppEnvironment): any => toJson(AppSchema, toApp(environment, PLACE));

test("the basic webhook is a Node image with its spec as arguments", () => {
  const webhook = new FlyteWebhookAppEnvironment(SEED);
  expect(json(webhook)).toEqual({
    metadata: { id: { ...PLACE, name: "my-webhook" } },
    spec: {
      container: {
        image: DEFAULT_IMAGE,
        command: [...WEBHOOK_COMMAND],
        args: ["--spec", encodeWebhookSpec(toWebhookSpec(webhook, PLACE))],
        ports: [{ containerPort: 8080 }],
        resources: {
          requests: [
            { name: "CPU", value: "1" },
            { name: "MEMORY", value: "512Mi" },
          ],
        },
      },
      autoscaling: { replicas: { min: 1, max: 1 } },
      ingress: {},
      desiredState: "DESIRED_STATE_ACTIVE",
      clusterPool: "default",
      runtimeMetadata: { type: "FLYTE_SDK", version: VERSION, flavor: "typescript" },
      profile: { type: "FlyteWebhookApp", shortDescription: "A pre-built webhook service for Flyte operations" },
      inputs: {},
      links: [{ path: "/docs", title: "OpenAPI docs", isRelative: true }],
    },
  });
});

test("the same declaration is the same bytes", () => {
  const [one, two] = [new FlyteWebhookAppEnvironment(SEED), new FlyteWebhookAppEnvironment({ ...SEED })];
  expect(toBinary(AppSchema, toApp(one, PLACE))).toEqual(toBinary(AppSchema, toApp(two, PLACE)));
});

test("a long description is shortened for the profile by code points and whole in the spec", () => {
  const description = "🚀".repeat(101);
  const webhook = new FlyteWebhookAppEnvironment({ ...SEED, description });
  expect(json(webhook).spec.profile.shortDescription).toBe(`${"🚀".repeat(99)}…`);
  expect(toWebhookSpec(webhook, PLACE).description).toBe(description);
});

test("a command of one's own still gets the spec, then the declared arguments", () => {
  const webhook = new FlyteWebhookAppEnvironment({ ...SEED, command: "node /app/w.mjs", args: ["--flag"] });
  const { command, args } = json(webhook).spec.container;
  expect(command).toEqual(["node", "/app/w.mjs"]);
  expect(args).toEqual(["--spec", expect.any(String), "--flag"]);
});

test("a pod holds the program with its spec, and accelerators under the name Kubernetes has for them", () => {
  const podTemplate = new PodTemplate({
    primaryContainerName: "app",
    podSpec: {
      containers: [
        { name: "sidecar", image: "envoy:1" },
        { name: "app", env: [{ name: "A", value: "template" }], resources: { requests: { "x.com/y": "1", cpu: "9" } } },
      ],
    },
  });
  const resources = { cpu: ["500m", 2], gpu: Device.tpu("V5E"), disk: "5Gi" } as const;
  const webhook = new FlyteWebhookAppEnvironment({ ...SEED, podTemplate, resources, envVars: { B: "1" } });
  const [sidecar, app] = json(webhook).spec.pod.podSpec.containers;
  expect(sidecar).toEqual({ name: "sidecar", image: "envoy:1" });
  expect(app).toEqual({
    name: "app",
    image: DEFAULT_IMAGE,
    command: [...WEBHOOK_COMMAND, "--spec", expect.any(String)],
    args: [],
    env: [
      { name: "B", value: "1" },
      { name: "A", value: "template" },
    ],
    ports: [{ containerPort: 8080 }],
    resources: {
      limits: { cpu: "2", "google.com/tpu": "1" },
      requests: { "x.com/y": "1", cpu: "500m", "google.com/tpu": "1", "ephemeral-storage": "5Gi" },
    },
  });
});

test("secrets, accelerators, time-outs and a cluster have their places", () => {
  const app = new AppEnvironment({
    name: "a",
    image: "nginx",
    secrets: ["api-key", new Secret({ key: "cert", mount: "/etc/flyte/secrets" })],
    requiresAuth: false,
    resources: { gpu: Device.gpu("A100", { partition: "1g.5gb" }), shm: "auto" },
    scaling: { replicas: [1, 5], metric: { requestRate: 20 }, scaledownAfter: { minutes: 5 } },
    timeouts: { request: { milliseconds: 1500 } },
    cluster: "c1",
  });
  const { spec } = json(app);
  expect(spec.securityContext).toEqual({
    runAs: {},
    secrets: [
      { key: "api-key", envVar: "API_KEY", mountRequirement: "ENV_VAR" },
      { key: "cert", mountRequirement: "FILE" },
    ],
    allowAnonymous: true,
  });
  expect(spec.extendedResources).toEqual({
    gpuAccelerator: { device: "nvidia-tesla-a100", partitionSize: "1g.5gb" },
    sharedMemory: { mountPath: "/dev/shm", mountName: "flyte-shm" },
  });
  expect(spec.autoscaling).toEqual({
    replicas: { min: 1, max: 5 },
    scalingMetric: { requestRate: { targetValue: 20 } },
    scaledownPeriod: "300s",
  });
  expect(spec.timeouts).toEqual({ requestTimeout: "1.500s" });
  expect(spec.clusterPool).toBeUndefined();
});

test("there is no app without a project and a domain", () => {
  const webhook = new FlyteWebhookAppEnvironment(SEED);
  expect(() => toApp(webhook, { project: "", domain: "" })).toThrow("a project and a domain");
});

test("a spec that no plane could keep is refused", () => {
  const app = new AppEnvironment({ name: "a", image: "x", envVars: { BIG: "x".repeat(200_000) } });
  expect(() => toApp(app, PLACE)).toThrow(/too large for a control plane.*at most 184320 fit/);
});

test.each([
  [{ seconds: 3599.999999 }, "3599.999999s"],
  [{ seconds: 2.0000005 }, "2.000001s"],
  [{ milliseconds: 1 }, "0.001s"],
  [3600, "3600s"],
])("a duration %j is told to the microsecond", (request, text) => {
  const app = new AppEnvironment({ name: "a", timeouts: { request } });
  expect(json(app).spec.timeouts.requestTimeout).toBe(text);
  expect(toBinary(AppSchema, toApp(app, PLACE)).length).toBeGreaterThan(0);
});

test.each([
  [0.5, "0.5"],
  [0.0001, "0.0001"],
  [0.00001, "1e-05"],
  [1e-7, "1e-07"],
  [2, "2"],
])("%d cores are written as Python writes them", (cpu, text) => {
  const app = new AppEnvironment({ name: "a", resources: { cpu } });
  expect(json(app).spec.container.resources.requests).toEqual([{ name: "CPU", value: text }]);
});
