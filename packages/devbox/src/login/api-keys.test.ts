import { expect, test, vi } from "vitest";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

type Answer = { readonly status: number; readonly body: Readonly<Record<string, string>> };

async function send(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith("{") ? JSON.parse(text) : {} };
}

const LIST_PROJECTS = "/flyteidl2.project.ProjectService/ListProjects";

test("keys are created, listed and revoked over HTTP", async () => {
  const { devbox } = await temporaryDevbox();
  const url = `${devbox.endpoint}/api-keys`;
  const created = await send(url, "POST", { name: "ci", scope: "run", expiresInSeconds: 60 });
  expect(created).toMatchObject({
    status: 201,
    body: { name: "ci", scope: "run", key: expect.stringMatching(/^fwk_/) },
  });
  const { key, flyteApiKey } = created.body;
  expect(Buffer.from(flyteApiKey ?? "", "base64").toString()).toBe(`${new URL(devbox.endpoint).host}:ci:${key}:`);
  const listed = await send(url, "GET");
  expect(listed.body).toMatchObject({
    keys: [
      { name: "admin", scope: "all", expiresAt: null },
      { name: "ci", scope: "run" },
    ],
  });
  expect(JSON.stringify(listed)).not.toContain("fwk_");
  const call = () => send(devbox.endpoint + LIST_PROJECTS, "POST", {}, { authorization: `Bearer ${key}` });
  expect((await call()).status).toBe(200);
  expect((await send(`${url}/ci`, "DELETE")).status).toBe(204);
  expect((await call()).status).toBe(401);
  expect((await send(`${url}/ci`, "DELETE")).status).toBe(404);
});

test.each([
  [{}, "name"],
  [{ name: "" }, "name"],
  [{ name: "a/../b" }, "name"],
  [{ name: "x".repeat(64) }, "name"],
  [{ name: "ok", scope: "root" }, "scope"],
  [{ name: "ok", expiresInSeconds: 0 }, "expiresInSeconds"],
  [{ name: "ok", expiresInSeconds: "soon" }, "expiresInSeconds"],
  [[], "name"],
  [null, "JSON"],
])("a bad request is refused with what is wrong: %j", async (request, problem) => {
  const { devbox } = await temporaryDevbox();
  const { status, body } = await send(`${devbox.endpoint}/api-keys`, "POST", request);
  expect(status).toBe(400);
  expect(body.error).toContain(problem);
});

test("only JSON makes a key, a name has one at a time, and other sites make none", async () => {
  const { devbox } = await temporaryDevbox();
  const url = `${devbox.endpoint}/api-keys`;
  const text = await fetch(url, { method: "POST", body: '{"name":"ci"}', headers: { "content-type": "text/plain" } });
  expect(text.status).toBe(400);
  expect((await send(url, "POST", { name: "ci" }, { origin: "http://evil.example.org" })).status).toBe(403);
  expect((await send(url, "POST", { name: "ci" })).status).toBe(201);
  expect((await send(url, "POST", { name: "ci" })).status).toBe(409);
});

test("a key that has expired is refused, and gives way to a new one of its name", async () => {
  const { devbox } = await temporaryDevbox();
  const { key } = devbox.apiKeys.create({ name: "short", expiresInSeconds: 1 });
  const call = () => send(devbox.endpoint + LIST_PROJECTS, "POST", {}, { authorization: `Bearer ${key}` });
  expect((await call()).status).toBe(200);
  await vi.waitFor(async () => expect((await call()).status).toBe(401), { timeout: 5000, interval: 100 });
  expect(devbox.apiKeys.create({ name: "short" }).key).not.toBe(key);
});

test("who may not do everything manages no keys", async () => {
  const { devbox } = await temporaryDevbox();
  const { key } = devbox.apiKeys.create({ name: "runner", scope: "run" });
  const answer = await send(`${devbox.endpoint}/api-keys`, "GET", undefined, { authorization: `Bearer ${key}` });
  expect(answer).toMatchObject({ status: 403, body: { error: expect.stringContaining("scope run") } });
});
