import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Duration } from "@bufbuild/protobuf/wkt";
import type { CreateUploadLocationRequest } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { rpcError } from "../rpc-error.ts";
import { signUrl } from "../server/signed-url.ts";
import type { Projects } from "../store/projects.ts";
import { timestampOf } from "../store/time.ts";
import { fileUri } from "../tasks/run-files.ts";
import { checkDomain, checkKnownProject } from "./names.ts";

/** A real plane's bounds. */
const MAX_EXPIRY_S = 3600;
const MAX_UPLOAD_BYTES = 100 * 1024 * 1024;
const MAX_MD5_BYTES = 16;
/** Bounds of a path, those of common file systems. */
const MAX_SEGMENT = 255;
const MAX_PATH = 1024;

/** Where a client may put a file, below its own project and domain, and the URL that takes it. */
export async function createUploadLocation(
  request: CreateUploadLocationRequest,
  projects: Projects,
  { dir, endpoint, secret }: { dir: string; endpoint: string; secret: Uint8Array },
) {
  const { project, domain, filename, filenameRoot, contentMd5, contentLength, addContentMd5Metadata } = request;
  // The code that a real plane answers a missing project with, here alone.
  if (project === "") throw rpcError.internal("the project is missing");
  if (filenameRoot === "" && contentMd5.length === 0) {
    throw rpcError.invalidArgument("either filename_root or content_md5 must be provided");
  }
  const expirySeconds = expiryOf(request.expiresIn);
  if (contentLength < 0n || contentLength > MAX_UPLOAD_BYTES) {
    throw rpcError.invalidArgument(
      `content_length (${contentLength} bytes) exceeds maximum allowed size of ${MAX_UPLOAD_BYTES} bytes`,
    );
  }
  if (contentMd5.length > MAX_MD5_BYTES) throw rpcError.invalidArgument("content_md5 has more than 16 bytes");
  checkKnownProject(projects, project);
  // A real plane takes an upload without a domain: it lies beside the project's domains.
  if (domain !== "") checkDomain(domain);

  const root = filenameRoot || base32(contentMd5);
  const segments = [
    "uploads",
    project,
    ...(domain === "" ? [] : [domain]),
    ...segmentsOf(root),
    ...segmentsOf(filename),
  ];
  const path = segments.join("/");
  if (path.length > MAX_PATH)
    throw rpcError.invalidArgument(`the path of the upload has more than ${MAX_PATH} characters`);
  const md5 = Buffer.from(contentMd5).toString("base64");
  if (filename !== "" && filenameRoot !== "") await refuseOther(join(dir, path), md5);
  const expiresAt = Date.now() + expirySeconds * 1000;
  const maxBytes = contentLength > 0n ? Number(contentLength) : MAX_UPLOAD_BYTES;
  return {
    signedUrl: signUrl(endpoint, secret, { method: "PUT", path, expiresAt, maxBytes, md5 }),
    nativeUrl: fileUri(join(dir, path)),
    expiresAt: timestampOf(expiresAt * 1000),
    // The length is that of the MD5's text, as on a real plane; clients replace it with the real one.
    headers: {
      "Content-Length": String(md5.length),
      "Content-MD5": md5,
      ...(addContentMd5Metadata && { "x-amz-meta-flyteContentMD5": md5 }),
    },
  };
}

/** Seconds that a signed URL is valid; an hour unless less is asked for. Throws `invalid_argument`. */
export function expiryOf(expiresIn: Duration | undefined): number {
  if (!expiresIn) return MAX_EXPIRY_S;
  const seconds = Number(expiresIn.seconds) + expiresIn.nanos / 1e9;
  if (seconds > MAX_EXPIRY_S || seconds <= 0) {
    throw rpcError.invalidArgument(`expires_in (${seconds} s) is not between 0 and ${MAX_EXPIRY_S} s`);
  }
  return seconds;
}

/** Names of directories and of the file; none leads up, so none leads out of the project's own directory. */
function segmentsOf(path: string): string[] {
  if (path === "") return [];
  const segments = path.split("/");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const bad = segments.find((name) => /^\.{0,2}$|[\\\x00-\x1f\x7f]/.test(name) || name.length > MAX_SEGMENT);
  if (bad === undefined) return segments;
  throw rpcError.invalidArgument(
    `invalid path ${JSON.stringify(path.slice(0, 200))}: ${JSON.stringify(bad.slice(0, 100))} is no name of a file`,
  );
}

/** What is there already may be sent again, not replaced by something else. */
async function refuseOther(path: string, md5: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return;
  const hash = createHash("md5");
  if (found.isFile()) for await (const chunk of createReadStream(path)) hash.update(chunk);
  if (!found.isFile() || hash.digest("base64") !== md5) {
    throw rpcError.alreadyExists("a file with other content is at this location already");
  }
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const letters = bits.match(/.{1,5}/g)?.map((group) => BASE32[Number.parseInt(group.padEnd(5, "0"), 2)]) ?? [];
  return letters.join("").padEnd(Math.ceil(letters.length / 8) * 8, "=");
}
