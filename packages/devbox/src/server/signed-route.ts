import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename, dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pathBelow } from "../tasks/run-files.ts";
import { fullDisk } from "./full-disk.ts";
import { answerText, type PlainRoute } from "./http-server.ts";
import { isSignedUrl, readSignedUrl, type SignedAccess } from "./signed-url.ts";

/** `PUT` and `GET` of files by signed URLs. An upload appears whole or not at all. */
export function signedRoute(dir: string, secret: Uint8Array): PlainRoute {
  return {
    handles: ({ url }) => isSignedUrl(url),
    handle: async (request, response) => {
      const access = readSignedUrl(request.url ?? "", secret);
      const path = access && pathBelow(dir, `file://${join(dir, access.path)}`);
      if (!access || !path) return answerText(response, 403, "the signature of this URL is not valid");
      if (request.method !== access.method) return answerText(response, 405, `this URL is for ${access.method} only`);
      if (Date.now() > access.expiresAt) return answerText(response, 403, "this URL has expired; ask for a new one");
      return access.method === "PUT" ? receive(request, response, access, path, dir) : send(response, path);
    },
  };
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  access: SignedAccess,
  path: string,
  dir: string,
) {
  const { maxBytes, md5 } = access;
  const tooLarge = `the upload is larger than the ${maxBytes} bytes it was announced with`;
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return refuse(request, response, 413, tooLarge);
  const hash = createHash("md5");
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      hash.update(chunk);
      done(size > maxBytes ? new Error(tooLarge) : null, chunk);
    },
  });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const partial = `${path}.${randomUUID()}`;
  try {
    await pipeline(request, meter, createWriteStream(partial, { mode: 0o600 }));
    const found = hash.digest("base64");
    if (md5 !== "" && found !== md5) return answerText(response, 400, `the upload's MD5 is ${found}, not ${md5}`);
    await rename(partial, path);
    answerText(response, 200, "stored");
  } catch (error) {
    if (size > maxBytes) return refuse(request, response, 413, tooLarge);
    const noSpace = fullDisk(error, dir);
    if (noSpace === undefined) throw error;
    refuse(request, response, 507, noSpace);
  } finally {
    await rm(partial, { force: true });
  }
}

/** The rest of the body is not read. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  response.setHeader("connection", "close");
  answerText(response, status, text);
  request.resume();
}

async function send(response: ServerResponse, path: string): Promise<void> {
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
  if (size === undefined) return answerText(response, 404, "there is no such file");
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-length": size,
    // A report is somebody's HTML: it is to be saved, and never to run as a page of this origin.
    "content-disposition": `attachment; filename="${basename(path).replace(/[^\w.-]/g, "_")}"`,
    "content-security-policy": "sandbox",
    "x-content-type-options": "nosniff",
  });
  await pipeline(createReadStream(path), response);
}
