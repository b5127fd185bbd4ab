import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliDevbox, startCliDevbox } from "../testing/cli-devbox.ts";

let box: CliDevbox;
beforeAll(async () => {
  box = await startCliDevbox();
  writeFileSync(
    join(box.dir, "webhook.ts"),
    `import { AppEnvironment, FlyteWebhookAppEnvironment } from "@flyte-webhook/sdk";
export const hook = new FlyteWebhookAppEnvironment({ name: "hook", endpoints: ["health"] });
export const spare = new AppEnvironment({ name: "spare", image: "ours:1", command: ["sleep", "1000"] });
`,
  );
  const { code, err } = await box.cli("serve", "--name", "hook");
  if (code !== 0) throw new Error(err);
  await box.cli("deploy", "--name", "spare");
});
afterAll(() => box.close());

const json = async (...args: string[]) => JSON.parse((await box.cli(...args, "--json")).out);

test("list shows the apps, and is what the noun alone means", async () => {
  const [hook, spare] = await json("apps", "list");
  expect(hook).toEqual({
    name: "hook",
    project: "flytesnacks",
    domain: "development",
    status: "ACTIVE",
    active: true,
    endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    url: expect.stringMatching(/\/apps\/hook$/),
    revision: 1,
  });
  expect(spare).toMatchObject({ name: "spare", status: "PENDING", active: false });
  expect((await json("apps", "--limit", "1")).length).toBe(1);
  const { out, code } = await box.cli("apps");
  expect(code).toBe(0);
  expect(out).toMatch(/^hook {3}ACTIVE {3}http:\S+\nspare {2}PENDING( {2}http\S+)?\n$/);
});

test("get shows one, and says which there are when it is not there", async () => {
  expect(await json("apps", "get", "hook")).toMatchObject({ name: "hook", replicas: 1, substate: null });
  expect((await box.cli("apps", "get", "hook")).out).toMatch(
    /^name {6}development\/flytesnacks\/hook\nstatus {4}ACTIVE\n/,
  );
  const missing = await box.cli("apps", "get", "nope");
  expect(missing.code).toBe(4);
  expect(missing.err).toMatch(/^error: .*nope.*\n {2}See which there are with: flyte-webhook apps list\n$/);
});

test("logs prints what it wrote, as lines or as objects", async () => {
  expect((await box.cli("apps", "logs", "hook")).out).toContain('"listening"');
  const [first] = (await box.cli("apps", "logs", "hook", "--json")).out.split("\n");
  expect(Object.keys(JSON.parse(first ?? ""))).toEqual(["message"]);
});

test("deactivate and activate switch it, and wait when they are told to", async () => {
  expect(await json("apps", "deactivate", "hook", "--wait")).toMatchObject({ status: "STOPPED", active: false });
  expect(await box.cli("apps", "logs", "hook")).toMatchObject({
    code: 4,
    err: 'error: "hook" is STOPPED: no replica of it runs that has a log\n  Start it with: flyte-webhook apps activate hook --wait\n',
  });
  const { out, code } = await box.cli("apps", "activate", "hook", "--wait", "--timeout", "30");
  expect([out, code]).toEqual(["hook  ACTIVE\n", 0]);
  expect(await box.cli("apps", "activate", "hook", "--timeout", "soon")).toMatchObject({
    code: 2,
    err: expect.stringContaining("It should be a number of seconds"),
  });
});

test("delete asks; without a terminal it wants to be told", async () => {
  const asked = await box.cli("apps", "delete", "spare");
  expect(asked.code).toBe(2);
  expect(asked.err).toContain("Give --yes to go on without being asked.");
  expect(await box.cli("apps", "delete", "spare", "nope", "--yes")).toMatchObject({ code: 4 });
  expect((await json("apps")).length).toBe(2);
  expect(await json("apps", "delete", "spare", "--yes")).toMatchObject([{ name: "spare", deleted: true }]);
  expect((await json("apps")).map(({ name }: { name: string }) => name)).toEqual(["hook"]);
});

test("a control plane that is not there has a code of its own, and advice", async () => {
  expect(await box.cli("apps", "list", "--endpoint", "http://127.0.0.1:1")).toMatchObject({
    code: 6,
    err: "error: http://127.0.0.1:1 cannot be reached (ECONNREFUSED)\n  Find out why with: flyte-webhook doctor\n",
  });
});
