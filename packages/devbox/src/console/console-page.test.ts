import { request as httpRequest } from "node:http";
import { expect, test } from "vitest";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

const PAGES = [
  "/v2/domain/development/project/flytesnacks/runs/r1",
  "/v2/domain/development/project/flytesnacks/runs/r1?action=a0&tab=logs",
  "/v2/domain/development/project/flytesnacks/apps/a-1",
  "/v2/domain/development/project/flytesnacks/tasks/env.task",
  "/v2/domain/development/project/flytesnacks",
  "/v2/runs/project/flytesnacks/domain/development/r1",
];

test("the page and all it needs come from the devbox, with a policy that allows nothing else", async () => {
  const { devbox } = await temporaryDevbox();
  const html = await (await fetch(devbox.console)).text();
  expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|style=|https?:/);
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? "");
  expect(files.map((file) => file.replace(/-[\w-]{8}\./, "."))).toEqual([
    ...["/console/icon.svg", "/console/index.js", "/console/index.css"],
  ]);
  for (const file of ["/", ...files]) {
    const answer = await fetch(devbox.endpoint + file);
    expect(answer.status, file).toBe(200);
    const policy = answer.headers.get("content-security-policy");
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"]) {
      expect(policy).toContain(rule);
    }
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain("unsafe");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    await answer.arrayBuffer();
  }
  expect((await fetch(`${devbox.console}console/../package.json`)).status).not.toBe(200);
  expect((await fetch(`${devbox.console}console/none.js`)).status).toBe(404);
  expect((await fetch(`${devbox.console}console/index.html/x`)).status).toBe(404);
});

test("what has a hash in its name is kept for good, the page itself is asked for again", async () => {
  const { devbox } = await temporaryDevbox();
  const page = await fetch(devbox.console);
  expect(page.headers.get("cache-control")).toBe("no-cache");
  const etag = page.headers.get("etag") ?? "";
  const again = await fetch(devbox.console, { headers: { "if-none-match": etag } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
  const [, script = ""] = /src="([^"]+)"/.exec(await page.text()) ?? [];
  const answer = await fetch(devbox.endpoint + script);
  expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(answer.headers.get("content-encoding")).toBe("gzip");
  const bytes = Number(answer.headers.get("content-length"));
  expect(bytes).toBeLessThan(60_000);
  const plain = await fetch(devbox.endpoint + script, { headers: { "accept-encoding": "identity" } });
  expect(plain.headers.get("content-encoding")).toBeNull();
  expect(await plain.text()).toBe(await answer.text());
  const head = await fetch(devbox.endpoint + script, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test("the addresses that clients give for runs, apps and tasks are the page, which reads them itself", async () => {
  const { devbox } = await temporaryDevbox();
  const html = await (await fetch(devbox.console)).text();
  for (const page of PAGES) {
    const answer = await fetch(devbox.endpoint + page, { redirect: "manual" });
    expect([answer.status, await answer.text()], page).toEqual([200, html]);
  }
});

test("what accepts nothing in particular finds at the root what it finds on a real plane", async () => {
  const { devbox } = await temporaryDevbox();
  const status = await new Promise((resolve) => {
    httpRequest(devbox.console, (answer) => resolve(answer.resume().statusCode)).end();
  });
  expect(status).toBe(404);
});

test("streams are for the page itself: other sites get none, nor does who asks for no view", async () => {
  const { devbox } = await temporaryDevbox();
  const address = `${devbox.console}console/events?view=runs&project=flytesnacks&domain=development`;
  const ask = (headers: Record<string, string>, url = address) =>
    new Promise<number | undefined>((resolve) => {
      const request = httpRequest(url, { headers }, (answer) => {
        resolve(answer.statusCode);
        request.destroy();
      });
      request.on("error", () => {}).end();
    });
  const { host } = new URL(devbox.endpoint);
  expect(await ask({ "sec-fetch-site": "same-origin" })).toBe(200);
  expect(await ask({})).toBe(200);
  // An app's page on another port is of the same site, and no part of this one.
  for (const site of ["cross-site", "same-site"]) expect(await ask({ "sec-fetch-site": site }), site).toBe(403);
  expect(await ask({ origin: "http://evil.example.org" })).toBe(403);
  expect(await ask({ host: "evil.example.org", origin: `http://${host}` })).toBe(403);
  expect(await ask({}, `${devbox.console}console/events?view=none`)).toBe(404);
});

test.each([
  ["AbortRun", "/flyteidl2.workflow.RunService/AbortRun"],
  ["CreateRun", "/flyteidl2.workflow.RunService/CreateRun"],
  ["UpdateTriggers", "/flyteidl2.trigger.TriggerService/UpdateTriggers"],
  ["Update of an app", "/flyteidl2.app.AppService/Update"],
])("%s, which the page calls, is refused when another site's page calls it", async (_, path) => {
  const { devbox } = await temporaryDevbox();
  const { port } = new URL(devbox.endpoint);
  const call = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(devbox.endpoint + path, { method: "POST", headers }, (answer) =>
        resolve(answer.resume().statusCode),
      );
      request.on("error", reject).end("{}");
    });
  const json = { "content-type": "application/json" };
  // A page may send this without asking, where its own type would be asked for.
  const plain = { "content-type": "text/plain" };
  expect(await call({ ...json, origin: "http://evil.example.org" })).toBe(403);
  expect(await call({ ...json, origin: "null" })).toBe(403);
  expect(await call({ ...json, origin: `http://127.0.0.1:${Number(port) + 1}` })).toBe(403);
  expect(await call({ ...json, host: `evil.example.org:${port}` })).toBe(403);
  expect(await call({ ...plain, origin: "http://evil.example.org" })).toBe(403);
  expect(await call(plain)).toBe(415);
  expect(await call({ ...json, origin: devbox.endpoint })).not.toBe(403);
});
