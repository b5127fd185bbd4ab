import { gunzipSync } from "node:zlib";
import type { WebhookSpec } from "@flyte-webhook/core";
import { expect, test } from "vitest";
import { encodeWebhookSpec } from "./encode-webhook-spec.ts";

const SPEC: WebhookSpec = {
  version: 1,
  name: "w",
  title: "{{.title}} $(HOME)",
  description: "Wëbhook 日本 🚀",
  endpoints: ["health"],
  requiresAuth: true,
  port: 8080,
  org: "",
  project: "p",
  domain: "d",
};

test("a spec comes back as it was, and its text holds nothing that a platform would fill in", () => {
  const text = encodeWebhookSpec(SPEC);
  expect(text).toMatch(/^[\w-]+$/);
  expect(JSON.parse(gunzipSync(Buffer.from(text, "base64url")).toString())).toEqual(SPEC);
});

test("the header says neither when nor on which system it was packed", () => {
  const header = [...Buffer.from(encodeWebhookSpec(SPEC), "base64url").subarray(0, 10)];
  expect(header).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
});

test("a spec that no program could be handed is refused, naming what is long", () => {
  const taskAllowlist = Array.from({ length: 30_000 }, (_, i) => `domain-${i}/project-${(i * 7919) % 9973}/task-${i}`);
  expect(() => encodeWebhookSpec({ ...SPEC, taskAllowlist })).toThrow(/too large.*taskAllowlist 30000/s);
});
