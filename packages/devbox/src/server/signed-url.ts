import { createHmac, timingSafeEqual } from "node:crypto";

/** What one signed URL allows, once or often, until it expires. */
export interface SignedAccess {
  readonly method: "GET" | "PUT";
  /** Path below the data directory, with slashes. */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Most bytes that a PUT may send. */
  readonly maxBytes: number;
  /** MD5 in base64 that a PUT's bytes must have; empty for any. */
  readonly md5: string;
}

const PREFIX = "/signed/";

export function signUrl(endpoint: string, secret: Uint8Array, access: SignedAccess): string {
  const { method, path, expiresAt, maxBytes, md5 } = access;
  const url = new URL(PREFIX + path.split("/").map(encodeURIComponent).join("/"), endpoint);
  const values = {
    method,
    expires: String(expiresAt),
    max: String(maxBytes),
    md5,
    signature: signatureOf(secret, access),
  };
  url.search = new URLSearchParams(values).toString();
  return url.href;
}

export function isSignedUrl(url: string | undefined): boolean {
  return url?.startsWith(PREFIX) ?? false;
}

/** What the URL allows, or undefined when its signature is not one of ours. The time is for the caller to check. */
export function readSignedUrl(url: string, secret: Uint8Array): SignedAccess | undefined {
  const [path = "", query = ""] = url.slice(PREFIX.length).split("?", 2);
  const values = new URLSearchParams(query);
  const method = values.get("method");
  if (method !== "GET" && method !== "PUT") return undefined;
  let decoded: string;
  try {
    decoded = path.split("/").map(decodeURIComponent).join("/");
  } catch {
    return undefined;
  }
  const access: SignedAccess = {
    method,
    path: decoded,
    expiresAt: Number(values.get("expires")),
    maxBytes: Number(values.get("max")),
    md5: values.get("md5") ?? "",
  };
  const expected = Buffer.from(signatureOf(secret, access));
  const given = Buffer.from(values.get("signature") ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected) ? access : undefined;
}

function signatureOf(secret: Uint8Array, { method, path, expiresAt, maxBytes, md5 }: SignedAccess): string {
  const text = JSON.stringify([method, path, expiresAt, maxBytes, md5]);
  return createHmac("sha256", secret).update(text).digest("base64url");
}
