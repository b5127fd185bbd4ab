import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ENDPOINTS } from "@flyte-webhook/core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CliDevbox, startCliDevbox } from "../testing/cli-devbox.ts";

interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

let box: CliDevbox;
let url = "";
let answer: { status: number; body: string } = { status: 200, body: "{}" };
const seen: Seen[] = [];
/** A webhook that tells what it was asked. */
const webhook = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
  response.writeHead(answer.status).end(answer.body);
});

beforeAll(async () => {
  box = await startCliDevbox();
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}`;
});
afterAll(async () => {
  webhook.close();
  await box.close();
});
beforeEach(() => {
  seen.length = 0;
  answer = { status: 200, body: "{}" };
});

const call = (...args: string[]) => box.cli("call", ...args, "--url", url);

test("parameters go where the endpoint reads them, with the key of the configuration", async () => {
  expect(
    (await call("run_task", "domain=d", "project=p", "name=a b/c", "version=1", "--body", '{"x": 9007199254740993}'))
      .code,
  ).toBe(0);
  expect(
    (
      await call(
        "call_app",
        "name=backend",
        "path=/v1?q=1",
        "method=post",
        "timeout=2.5",
        "stream=false",
        "payload=[1]",
        'query_params={"a":["b"]}',
      )
    ).code,
  ).toBe(0);
  expect((await call("build_image", "pip_packages=httpx", "pip_packages=rich>=13", "pre=true")).code).toBe(0);
  const [run, app, image] = seen;
  expect(run).toMatchObject({ line: "POST /run-task/d/p/a%20b%2Fc?version=1", body: '{"x": 9007199254740993}' });
  expect(run?.headers).toMatchObject({
    authorization: `Bearer ${box.devbox.apiKey}`,
    "content-type": "application/json",
  });
  expect(app?.line).toBe("POST /app/backend/call?path=%2Fv1%3Fq%3D1&method=post&timeout=2.5&stream=false");
  expect(JSON.parse(app?.body ?? "")).toEqual({ payload: [1], query_params: { a: ["b"] } });
  expect(JSON.parse(image?.body ?? "")).toEqual({ pip_packages: ["httpx", "rich>=13"] });
});

test("a body comes from a file or standard input, headers from --header, and credentials can stay at home", async () => {
  writeFileSync(join(box.dir, "inputs.json"), '{"from": "file"}');
  const place = ["run_task", "domain=d", "project=p", "name=n", "--url", url];
  await box.cli("call", ...place, "--body", "@inputs.json", "--header", "Prefer: wait=30");
  await box.cliWith({ input: '{"from": "stdin"}' }, "call", ...place, "--body", "-", "--anonymous");
  expect(seen.map(({ body }) => body)).toEqual(['{"from": "file"}', '{"from": "stdin"}']);
  expect(seen[0]?.headers.prefer).toBe("wait=30");
  expect(seen[1]?.headers.authorization).toBeUndefined();
  expect(await call("run_task", "domain=d", "project=p", "name=n", "--body", "@nowhere.json")).toMatchObject({
    code: 2,
    err: "error: the file nowhere.json cannot be read\n",
  });
});

test("the answer is printed as it came, and its status decides how the command ends", async () => {
  answer = { status: 200, body: '{"big": 9007199254740993}' };
  expect(await call("health")).toEqual({ code: 0, out: '{"big": 9007199254740993}\n', err: "" });
  expect((await call("health", "--json")).out).toBe('{"status":200,"body":{"big": 9007199254740993}}\n');
  answer = { status: 404, body: '{"detail":"no"}' };
  expect(await call("get_run", "name=x")).toEqual({
    code: 1,
    out: '{"detail":"no"}\n',
    err: "get_run was answered with 404 Not Found\n",
  });
  answer = { status: 502, body: "not JSON" };
  expect((await call("health", "--json")).out).toBe('{"status":502,"body":"not JSON"}\n');
  expect(await box.cli("call", "health", "--url", "http://127.0.0.1:1")).toMatchObject({
    code: 6,
    err: expect.stringContaining(
      "error: http://127.0.0.1:1 cannot be reached (ECONNREFUSED)\n  Is the webhook deployed",
    ),
  });
});

describe("what cannot be right is not sent, and all of it is told", () => {
  test.each([
    [["helth"], "there is no endpoint helth\n  Did you mean health?"],
    [["get_run"], "name: is needed: Name of the run."],
    [["abort_run", "nme=x"], "nme: is no parameter of abort_run, did you mean name? (there are name, reason)"],
    [["get_run", "name"], "name: should be written name=value"],
    [["get_run", "name="], "name: should not be empty"],
    [["get_run", "name=a", "name=b"], "name: is given more than once"],
    [["activate_app", "name=a", "wait=maybe"], 'wait: should be true or false, not "maybe"'],
    [["call_app", "name=a", "path=/", "timeout=soon"], 'timeout: should be a number, not "soon"'],
    [["call_app", "name=a", "path=/", "timeout=0"], "timeout: should be from 0.1 to 300, not 0"],
    [["call_app", "name=a", "path=/", "method=FETCH"], "method: should be one of GET, HEAD, POST"],
    [["call_app", "name=a", "path=/", "query_params=[]"], "query_params: should be a JSON object"],
    [["call_app", "name=a", "path=/", "payload={"], "payload: should be JSON"],
    [["prefetch_hf_model", "repo=a/b", "force=1.5"], 'force: should be a whole number, not "1.5"'],
    [["prefetch_hf_model", "repo=a/b", "memory=lots"], "memory: should be a Kubernetes quantity"],
    [["run_task", "domain=d", "project=p", "name=n"], "run_task needs the task's inputs"],
    [["run_task", "domain=d", "project=p", "name=n", "--body", "{x}"], "--body is no JSON"],
    [["health", "--body", "{}"], "health takes no body"],
    [["health", "--header", "nonsense"], '"nonsense" is no header'],
  ] as const)("%j", async (args, said) => {
    const { code, err } = await call(...args);
    expect(err).toContain(said);
    expect(code).toBe(2);
    expect(seen).toEqual([]);
  });

  test("several problems at once", async () => {
    const { err } = await call("call_app", "name=a", "timeout=x", "wait=true");
    expect(err.split("\n").filter((line) => line.startsWith("  - ")).length).toBe(3);
  });
});

test("a webhook is meant by its app's name, its address, or the environment", async () => {
  expect((await box.cliWith({ env: { FLYTE_WEBHOOK_ENDPOINT: url } }, "call", "health")).code).toBe(0);
  expect(await box.cli("call", "health")).toMatchObject({
    code: 2,
    err: expect.stringContaining("Give --app NAME or --url URL"),
  });
  writeFileSync(
    join(box.dir, "webhook.ts"),
    `import { FlyteWebhookAppEnvironment } from "@flyte-webhook/sdk";
export const hook = new FlyteWebhookAppEnvironment({ name: "hook", endpoints: ["health", "me"] });
`,
  );
  await box.cli("serve");
  expect(JSON.parse((await box.cli("call", "me", "--app", "hook")).out)).toMatchObject({ subject: "admin" });
  await box.cli("apps", "deactivate", "hook", "--wait");
  expect(await box.cli("call", "me", "--app", "hook")).toMatchObject({
    code: 1,
    err: "error: the app hook has no address\n  Start it with: flyte-webhook apps activate hook\n",
  });
});

test("every endpoint can be called by its catalogue", async () => {
  const samples: Record<string, string> = { memory: "1Gi", timeout: "1", repo: "a/b", path: "/" };
  for (const { id, parameters } of ENDPOINTS.filter(({ group }) => group === "prefetch" || group === "run")) {
    const required = parameters.filter((one) => "required" in one && one.required);
    const { code, err } = await call(id, ...required.map(({ name }) => `${name}=${samples[name] ?? "x"}`));
    expect([id, code, err]).toEqual([id, 0, ""]);
  }
});
