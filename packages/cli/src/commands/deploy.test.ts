import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliDevbox, startCliDevbox } from "../testing/cli-devbox.ts";

let box: CliDevbox;
beforeAll(async () => {
  box = await startCliDevbox();
});
afterAll(() => box.close());

const write = (file: string, text: string) => writeFileSync(join(box.dir, file), text);
const lines = (text: string) => text.trim().split("\n");

test("several declarations of several files are served, each after what it depends on", async () => {
  write(
    "backend.ts",
    `import { FlyteWebhookAppEnvironment } from "@flyte-webhook/sdk";
export const backend = new FlyteWebhookAppEnvironment({ name: "backend", endpoints: ["health"] });
`,
  );
  write(
    "front.ts",
    `import { FlyteWebhookAppEnvironment } from "@flyte-webhook/sdk";
import { backend } from "./backend.ts";
export const front = new FlyteWebhookAppEnvironment({ name: "front", endpoints: ["health"], dependsOn: [backend] });
export const other = "no declaration";
`,
  );
  const served = await box.cli("serve", "front.ts", "backend.ts", "--json");
  expect(served.code).toBe(0);
  const apps = lines(served.out).map((line) => JSON.parse(line));
  expect(apps.map(({ name }) => name)).toEqual(["backend", "front"]);
  expect(Object.keys(apps[0])).toEqual(["name", "url", "endpoint", "revision"]);
  for (const { endpoint } of apps) expect((await fetch(`${endpoint}/health`)).status).toBe(200);
  expect(served.err).toContain("submitted  name=backend  change=created\n");
  expect(served.err).toContain("submitted  name=backend  change=unchanged\n");

  const again = await box.cli("deploy", "front.ts", "--name", "front");
  expect(again.out).toMatch(/^front {2}http:\/\/\S+\ndocs {6}http\S+\/docs\nconsole {3}http\S+\/apps\/front\n$/);
  expect(again.code).toBe(0);
});

test("Ctrl-C during the wait leaves the app and says how to go on", async () => {
  write(
    "silent.ts",
    `import { AppEnvironment } from "@flyte-webhook/sdk";
export const silent = new AppEnvironment({ name: "silent", image: "ours:1", command: ["sleep", "1000"] });
`,
  );
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const ended = await box.cliWith(
      { onError: (text, child) => text.includes("PENDING") && child.kill(signal) },
      ...["serve", "silent.ts"],
    );
    expect(ended.code).toBe(code);
    expect(ended.out).toBe("");
    expect(ended.err).toContain(`interrupted
silent stays deployed and goes on starting by itself.
  how it stands   flyte-webhook apps get silent
  wait again      flyte-webhook serve silent.ts
  stop it         flyte-webhook apps deactivate silent
`);
    expect(ended.err).not.toContain("error:");
  }
  expect(JSON.parse((await box.cli("apps", "get", "silent", "--json")).out)).toMatchObject({ status: "PENDING" });
});

test("an app that does not serve ends with a code of its own and its reason", async () => {
  write(
    "broken.ts",
    `import { AppEnvironment } from "@flyte-webhook/sdk";
export const broken = new AppEnvironment({ name: "broken", image: "ours:1", command: ["sh", "-c", "echo no database; exit 3"] });
`,
  );
  const ended = await box.cli("serve", "broken.ts", "--timeout", "30");
  expect(ended.code).toBe(7);
  expect(ended.err).toContain('error: "broken" failed');
  expect(ended.err).toContain("no database");
  expect(ended.err).not.toMatch(/^ {4}at /m);
});

test("declarations may be exported in lists", async () => {
  write(
    "list.ts",
    `import { AppEnvironment } from "@flyte-webhook/sdk";
const app = (name: string) => new AppEnvironment({ name, image: "x:1" });
export const apps = [app("one"), app("two"), "no app"];
`,
  );
  const names = async (...args: string[]) =>
    JSON.parse((await box.cli("plan", "list.ts", "--json", ...args)).out).apps.map((app: { name: string }) => app.name);
  expect(await names()).toEqual(["one", "two"]);
  expect(await names("--name", "apps")).toEqual(["one", "two"]);
  expect(await names("--name", "two")).toEqual(["two"]);
  // Only a webhook has pages of documentation.
  const { code, out } = await box.cli("deploy", "list.ts", "--name", "one");
  expect([code, out.startsWith("one "), out.includes("/docs")]).toEqual([0, true, false]);
});

describe("a file that declares nothing that can be deployed", () => {
  const cases: readonly (readonly [what: string, file: string, text: string, said: string])[] = [
    [
      "exports nothing",
      "empty.ts",
      "export const x = 1;\n",
      "error: empty.ts exports no app environment\n  Export a FlyteWebhookAppEnvironment from it; it exports x.\n",
    ],
    [
      "has an enum",
      "enum.ts",
      "enum A { B }\nexport const a = A.B;\n",
      "Node runs TypeScript whose types can be left out",
    ],
    ["does not parse", "syntax.ts", "export const = 1;\n", "error: syntax.ts"],
    ["imports what is not there", "missing.ts", 'import "./nothing.ts";\n', "Run `npm install` in its project"],
    [
      "throws",
      "throws.ts",
      '\nthrow new Error("no such thing");\n',
      "error: throws.ts:2:7 cannot be loaded: no such thing\n",
    ],
    [
      "has a bad declaration",
      "bad.ts",
      'import { FlyteWebhookAppEnvironment } from "@flyte-webhook/sdk";\nexport const bad = new FlyteWebhookAppEnvironment({ name: "Bad_Name" });\n',
      'name: "Bad_Name" should be',
    ],
    [
      "has two of one name",
      "twice.ts",
      'import { AppEnvironment } from "@flyte-webhook/sdk";\nexport const a = new AppEnvironment({ name: "same", image: "x:1" });\nexport const b = new AppEnvironment({ name: "same", image: "y:1" });\n',
      'error: two environments are named "same"',
    ],
  ];
  test.each(cases)("%s: it is said where and what, and nothing is deployed", async (_, file, text, said) => {
    write(file, text);
    const ended = await box.cli("deploy", file);
    expect(ended.err).toContain(said);
    expect(ended).toMatchObject({ code: 2, out: "" });
    expect(ended.err).not.toMatch(/^ {4}at /m);
  });

  test("is not there", async () => {
    expect(await box.cli("plan", "nowhere.ts")).toMatchObject({ code: 2, err: "error: there is no file nowhere.ts\n" });
    const none = await box.cli("serve");
    expect(none.code).toBe(2);
    expect(none.err).toContain("error: there is no webhook.ts in ");
    expect(none.err).toContain("`flyte-webhook init`");
  });
});
