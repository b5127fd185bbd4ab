import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { AppStore } from "../store/apps.ts";
import { openDatabase } from "../store/database.ts";
import { MIGRATIONS } from "../store/migrations.ts";
import { temporaryApps } from "../testing/temporary-apps.ts";
import { temporaryDirectory } from "../testing/temporary-devbox.ts";
import { consolePage } from "./console-page.ts";
import { pageFiles } from "./page-files.ts";

test("files of the page have a type, a digest, and are compressed; others are not among them", () => {
  const dir = temporaryDirectory();
  const directory = pathToFileURL(`${dir}/`);
  expect(pageFiles(directory)()).toBeUndefined();
  writeFileSync(join(dir, "page-12345678.js"), "let a;");
  writeFileSync(join(dir, "secret.txt"), "secret");
  mkdirSync(join(dir, "more"));
  const files = pageFiles(directory);
  // Half a build is none.
  expect(files()).toBeUndefined();
  writeFileSync(join(dir, "index.html"), "<!doctype html>");
  const found = files();
  expect([...(found?.keys() ?? [])].sort()).toEqual(["index.html", "page-12345678.js"]);
  const script = found?.get("page-12345678.js");
  expect(script).toMatchObject({
    type: "text/javascript; charset=utf-8",
    etag: expect.stringMatching(/^"[\w-]{22}"$/),
  });
  expect(gunzipSync(script?.gzipped ?? "").toString()).toBe("let a;");
});

test("without a build, the address says how to make one", async () => {
  const { supervisor, dir } = temporaryApps();
  const db = openDatabase(join(dir, "devbox.db"), MIGRATIONS);
  const missing = pageFiles(pathToFileURL(join(dir, "none/")));
  const route = consolePage(db, new AppStore(db), supervisor, missing);
  const server = createServer((request, response) => void route.handle(request, response)).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
    db.close();
  });
  await once(server, "listening");
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("npx turbo run build")]);
});
