import { request } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { temporaryApps } from "../testing/temporary-apps.ts";

const ANSWERS = `require("http").createServer((q, r) => r.end(q.headers["x-forwarded-host"])).listen(process.env.PORT, "127.0.0.1")`;

test("an app by name answers to that name and to this machine's, and to no other app's", async () => {
  const { deploy, id, until } = temporaryApps({ urls: "name" });
  const app = await deploy({ code: ANSWERS });
  await until(app, "ACTIVE");
  const url = new URL(app.publicUrl);
  expect(url.hostname).toBe(`${id.name}-flytesnacks-development.localhost`);
  expect(app.localUrl).toBe(`http://127.0.0.1:${url.port}`);
  const status = (host: string) => get(Number(url.port), host).then((answer) => answer.status);
  expect(await get(Number(url.port), url.host)).toEqual({ status: 200, body: url.host });
  expect(await Promise.all([`127.0.0.1:${url.port}`, `localhost:${url.port}`].map(status))).toEqual([200, 200]);
  expect(await status(url.host.toUpperCase())).toBe(200);
  for (const foreign of ["other-flytesnacks-development.localhost", "rebound.example.org", `${url.hostname}.evil.org`])
    expect(await status(`${foreign}:${url.port}`), foreign).toBe(403);
});

function get(port: number, host: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, headers: { host } }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    })
      .on("error", reject)
      .end();
  });
}
