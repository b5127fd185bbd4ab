import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

const text = "code bundle";
const md5 = createHash("md5").update(text).digest();
const scope = { project: "flytesnacks", domain: "development" };

async function put(url: string, body: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { method: "PUT", body, headers });
  return { status: answer.status, text: await answer.text() };
}

test("an upload lies where it was announced, whole", async () => {
  const { client, dir } = await temporaryDevbox();
  const location = await client.data.createUploadLocation({ ...scope, filename: "pre/fast.tar.gz", contentMd5: md5 });
  const path = location.nativeUrl.slice("file://".length);
  const base32 = path.split("/").at(-3);
  expect(path).toBe(join(dir, "uploads/flytesnacks/development", base32 ?? "", "pre/fast.tar.gz"));
  expect(base32).toMatch(/^[A-Z2-7]{26}======$/);
  expect(location.headers).toEqual({ "Content-Length": "24", "Content-MD5": md5.toString("base64") });
  expect(await put(location.signedUrl, text, { "Content-MD5": md5.toString("base64") })).toMatchObject({ status: 200 });
  expect(readFileSync(path, "utf8")).toBe(text);
});

test("what is there may be sent again, not replaced", async () => {
  const { client } = await temporaryDevbox();
  const request = { ...scope, filename: "f", filenameRoot: "root" };
  const first = await client.data.createUploadLocation({ ...request, contentMd5: md5 });
  await put(first.signedUrl, text);
  await client.data.createUploadLocation({ ...request, contentMd5: md5 });
  const other = createHash("md5").update("other").digest();
  await expect(client.data.createUploadLocation({ ...request, contentMd5: other })).rejects.toThrow("already_exists");
});

describe("a signed URL", () => {
  test("takes no other bytes than those announced", async () => {
    const { client } = await temporaryDevbox();
    const { signedUrl, nativeUrl } = await client.data.createUploadLocation({
      ...scope,
      filename: "f",
      contentMd5: md5,
      contentLength: 11n,
    });
    expect(await put(signedUrl, "other bytes")).toMatchObject({ status: 400, text: expect.stringContaining("MD5") });
    expect(await put(signedUrl, "more than eleven bytes")).toMatchObject({ status: 413 });
    const chunked = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 4; i++) controller.enqueue(new TextEncoder().encode("chunk"));
        controller.close();
      },
    });
    const answer = await fetch(signedUrl, { method: "PUT", body: chunked, duplex: "half" } as RequestInit);
    expect(answer.status).toBe(413);
    expect(existsSync(nativeUrl.slice("file://".length))).toBe(false);
  });

  test("is refused when it was changed, for another method, and when its time is over", async () => {
    const { client } = await temporaryDevbox();
    const { signedUrl } = await client.data.createUploadLocation({
      ...scope,
      filename: "f",
      filenameRoot: "r",
      expiresIn: { seconds: 60n, nanos: 0 },
    });
    const changed = (change: (url: URL) => void) => {
      const url = new URL(signedUrl);
      change(url);
      return url.href;
    };
    const changes = [
      changed((url) => (url.pathname = url.pathname.replace("flytesnacks", "other"))),
      changed((url) => url.searchParams.set("expires", "99999999999999")),
      changed((url) => url.searchParams.set("max", "1e12")),
      changed((url) => url.searchParams.delete("signature")),
      changed((url) => (url.pathname += "%")),
    ];
    for (const url of changes) expect(await put(url, "x"), url).toMatchObject({ status: 403 });
    expect((await fetch(signedUrl)).status).toBe(405);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    try {
      expect(await put(signedUrl, "x")).toMatchObject({ status: 403, text: expect.stringContaining("expired") });
    } finally {
      vi.useRealTimers();
    }
  });
});

test.each([
  [{ filename: "../../other/development/f" }],
  [{ filename: "/etc/passwd" }],
  [{ filename: "a//b" }],
  [{ filename: "a\\..\\b" }],
  [{ filename: "a\0" }],
  [{ filename: "x".repeat(256) }],
  [{ filename: "f", filenameRoot: ".." }],
  [{ filename: "f", filenameRoot: "a/../.." }],
  [{ filenameRoot: "a", domain: "../production" }],
  [{ filenameRoot: "a", project: "../x" }],
  [{ filenameRoot: "a", contentMd5: new Uint8Array(17) }],
])("no upload leads out of its project's own directory: %j", async (request) => {
  const { client } = await temporaryDevbox();
  const create = client.data.createUploadLocation({ ...scope, contentMd5: md5, ...request });
  await expect(create).rejects.toThrow("[invalid_argument]");
});

test("inputs of a base directory outside the data directory", async () => {
  const { client } = await temporaryDevbox();
  const upload = (baseDir: string) =>
    client.data.uploadInputs({
      id: { case: "projectId", value: { name: "flytesnacks", domain: "development" } },
      task: { case: "taskSpec", value: {} },
      inputs: {},
      ...({ baseDir } as object),
    });
  for (const baseDir of ["file:///etc", "/etc", "s3://../../x"]) {
    await expect(upload(baseDir), baseDir).rejects.toThrow("[invalid_argument]");
  }
});
