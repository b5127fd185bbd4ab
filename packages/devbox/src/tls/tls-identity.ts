import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { authorityCertificate, type KeyPair, loopbackCertificate, newKeyPair } from "./certificate.ts";
import { writeTrustBundle } from "./trust-bundle.ts";

/** How the devbox proves over TLS that it is itself. */
export interface TlsIdentity {
  /** PEM of the certificate that its port shows, and of that one's key. */
  readonly cert: string;
  readonly key: string;
  /** When the certificate is due to be made anew, in milliseconds since 1970. */
  readonly renewAt: number;
  /** Path of the authority's certificate: `DIR/tls/ca.pem`. */
  readonly caFile: string;
  /** Path of the authority's certificate with the roots of the system: what `SSL_CERT_FILE` of a process is set to. */
  readonly trustFile: string;
}

const AUTHORITY_DAYS = 3650;
/** Apple's systems refuse certificates of more than 825 days. */
const CERTIFICATE_DAYS = 365;
const RENEW_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * Reads the devbox's authority and certificate, and makes what is not there, not whole, or about to expire. The
 * authority is made once for each data directory, so that whoever trusts it keeps on. Keys are of mode 0600.
 */
export function tlsIdentity(dir: string): TlsIdentity {
  const directory = join(dir, "tls");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(directory, name);
  const caFile = file("ca.pem");
  let authority = readPair(caFile, file("ca.key"));
  if (!authority) {
    const keys = newKeyPair();
    const certificate = authorityCertificate({ name: AUTHORITY_NAME, keys }, AUTHORITY_DAYS);
    authority = writePair({ certificate, keys }, caFile, file("ca.key"));
  }
  const by = { name: AUTHORITY_NAME, keys: authority.keys };
  let server = readPair(file("server.pem"), file("server.key"));
  if (!server || !new X509Certificate(server.certificate).verify(authority.keys.publicKey)) {
    const keys = newKeyPair();
    const certificate = loopbackCertificate(keys.publicKey, by, CERTIFICATE_DAYS);
    server = writePair({ certificate, keys }, file("server.pem"), file("server.key"));
  }
  return {
    cert: server.certificate,
    key: pem(server.keys),
    renewAt: renewalOf(server.certificate),
    caFile,
    trustFile: writeTrustBundle(file("trust.pem"), authority.certificate),
  };
}

const AUTHORITY_NAME = "flyte-webhook devbox";

interface Pair {
  readonly certificate: string;
  readonly keys: KeyPair;
}

/** Undefined when one of the files is missing or damaged, they do not belong together, or it is to be renewed. */
function readPair(certificateFile: string, keyFile: string): Pair | undefined {
  try {
    const certificate = readFileSync(certificateFile, "utf8");
    const privateKey = createPrivateKey(readFileSync(keyFile));
    const belongs = new X509Certificate(certificate).checkPrivateKey(privateKey);
    if (!belongs || renewalOf(certificate) <= Date.now()) return undefined;
    return { certificate, keys: { privateKey, publicKey: createPublicKey(privateKey) } };
  } catch {
    return undefined;
  }
}

const renewalOf = (certificate: string): number =>
  new X509Certificate(certificate).validToDate.getTime() - RENEW_DAYS * DAY_MS;

function writePair(pair: Pair, certificateFile: string, keyFile: string): Pair {
  replace(keyFile, pem(pair.keys), 0o600);
  replace(certificateFile, pair.certificate, 0o644);
  return pair;
}

const pem = ({ privateKey }: KeyPair): string => privateKey.export({ type: "pkcs8", format: "pem" }).toString();

function replace(path: string, text: string, mode: number): void {
  writeFileSync(`${path}.new`, text, { mode });
  renameSync(`${path}.new`, path);
}
