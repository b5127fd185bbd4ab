import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliDevbox, startCliDevbox } from "../testing/cli-devbox.ts";

let box: CliDevbox;
beforeAll(async () => {
  box = await startCliDevbox();
});
afterAll(() => box.close());

function declare(options: string, file = "webhook.ts"): void {
  writeFileSync(
    join(box.dir, file),
    `import { FlyteWebhookAppEnvironment } from "@flyte-webhook/sdk";
export const env = new FlyteWebhookAppEnvironment({ name: "my-webhook", ${options} });
`,
  );
}

test("plan tells what a deploy would do, and fails when it is told to", async () => {
  const { cli } = box;
  declare('endpointGroups: ["core"]');
  const first = await cli("plan", "webhook.ts", "--fail-on", "exposure");
  expect(first).toMatchObject({ code: 3, err: "" });
  expect(first.out).toBe("+ development/flytesnacks/my-webhook would be created\n  + endpoints health, me\n");
  expect((await cli("plan")).code).toBe(0);

  expect((await cli("deploy")).code).toBe(0);
  const same = await cli("plan", "--json", "--fail-on", "change");
  expect(JSON.parse(same.out)).toMatchObject({ changes: false, exposes: false, apps: [{ change: "none" }] });
  expect(same.code).toBe(0);

  declare('endpoints: ["health"], title: "T"');
  expect((await cli("plan", "--fail-on", "exposure")).code).toBe(0);
  const narrower = await cli("plan", "--fail-on", "change");
  expect(narrower.code).toBe(3);
  expect(narrower.out).toContain("webhook.title: Flyte Webhook: my-webhook → T");
  expect(narrower.out).toContain("- endpoints me");
});

test("a plan of several declarations tells an app that more than one of them deploys once", async () => {
  writeFileSync(
    join(box.dir, "several.ts"),
    `import { AppEnvironment, FlyteWebhookAppEnvironment } from "@flyte-webhook/sdk";
export const backend = new AppEnvironment({ name: "backend", image: "ours:1" });
export const one = new FlyteWebhookAppEnvironment({ name: "one", dependsOn: [backend] });
export const two = new FlyteWebhookAppEnvironment({ name: "two", dependsOn: [backend] });
`,
  );
  const names = async (...args: string[]) =>
    JSON.parse((await box.cli("plan", "several.ts", "--json", ...args)).out).apps.map(
      ({ name }: { name: string }) => name,
    );
  expect(await names()).toEqual(["backend", "one", "two"]);
  expect(await names("--name", "two")).toEqual(["backend", "two"]);
  expect(await box.cli("plan", "several.ts", "--name", "three")).toMatchObject({
    code: 2,
    err: "error: nothing that is exported is called three\n  There is backend (backend), one (one), two (two).\n",
  });
});

test("colours are for terminals, unless they are forced", async () => {
  declare('endpoints: ["health"]', "plain.ts");
  const csi = "\u001b[";
  expect((await box.cli("plan", "plain.ts")).out).not.toContain(csi);
  expect((await box.cliWith({ env: { FORCE_COLOR: "1" } }, "plan", "plain.ts")).out).toContain(csi);
  const both = { FORCE_COLOR: "1", NO_COLOR: "1" };
  expect((await box.cliWith({ env: both }, "plan", "plain.ts")).out).not.toContain(csi);
});
