import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { getCACertificates } from "node:tls";

/** Where systems keep their roots in one file, in the order in which Go looks for them. */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * Writes what a process is to trust: the devbox's own authority and all that it would trust without, because
 * `SSL_CERT_FILE` is in place of the system's roots, not beside them. Returns the path.
 */
export function writeTrustBundle(path: string, authority: string): string {
  const text = `${authority}${roots()}`;
  if (textOf(path) !== text) {
    writeFileSync(`${path}.new`, text, { mode: 0o644 });
    renameSync(`${path}.new`, path);
  }
  return path;
}

/** Those that the devbox was itself told to trust, else the system's, else those that Node brings. */
function roots(): string {
  for (const file of [process.env.SSL_CERT_FILE, ...SYSTEM_BUNDLES]) {
    const text = file && textOf(file);
    if (text?.includes("-----BEGIN CERTIFICATE-----")) return text;
  }
  return `${getCACertificates("bundled").join("\n")}\n`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
