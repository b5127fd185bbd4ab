import { readdirSync } from "node:fs";
import { FlyteWebhookAppEnvironment, toApp } from "@flyte-webhook/sdk";
import { expect, test } from "vitest";

const folders = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((path) =>
  /^[^/]+\/webhook\.ts$/.test(path),
);

test("there are the six webhooks of the guide", () => {
  expect(folders.length).toBeGreaterThanOrEqual(6);
});

test.each(folders)("%s exports a webhook that can be deployed, and importing it serves nothing", async (path) => {
  const environments = Object.values((await import(/* @vite-ignore */ `./${path}`)) as object);
  expect(environments).toHaveLength(1);
  const [environment] = environments;
  expect(environment).toBeInstanceOf(FlyteWebhookAppEnvironment);
  expect(toApp(environment, { project: "p", domain: "d" }).spec?.appPayload.case).toBe("container");
});
