import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificates {
  /** PEM text of the authority that signed the certificate. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Host names that it is for, beside 127.0.0.1. Default: `localhost`. */
  readonly names?: readonly string[] | undefined;
  /** Days from now on which it begins and ends to be valid. Default: yesterday and tomorrow. */
  readonly days?: readonly [from: number, to: number] | undefined;
}

/** An authority of its own and a certificate of it, made by `openssl`. */
export function makeCertificates({ names = ["localhost"], days = [-1, 1] }: CertificateOptions = {}): Certificates {
  const dir = mkdtempSync(join(tmpdir(), "flyte-webhook-tls-"));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = ["-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority"];
  const subject = ["-subj", `/CN=${names[0]}`];
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
  const read = (name: string) => readFileSync(join(dir, name), "utf8");
  try {
    openssl("req", "-x509", ...newKey, ...authority);
    openssl("req", ...newKey, "-keyout", "key.pem", "-out", "request.pem", ...subject);
    write("index", "");
    write("ca.cnf", configOf(names));
    const [from, to] = days.map(timeOf);
    const signed = ["-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-out", "cert.pem"];
    openssl("ca", "-batch", "-notext", "-in", "request.pem", ...signed, "-startdate", `${from}`, "-enddate", `${to}`);
    return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function configOf(names: readonly string[]): string {
  const alternatives = [...names.map((name) => `DNS:${name}`), "IP:127.0.0.1"].join(",");
  return [
    "[ca]\ndefault_ca = authority",
    "[authority]\ndatabase = index\nnew_certs_dir = .\nrand_serial = yes\ndefault_md = sha256",
    "policy = policy\nx509_extensions = extensions",
    "[policy]\ncommonName = supplied",
    `[extensions]\nsubjectAltName = ${alternatives}\n`,
  ].join("\n");
}

/** As `openssl ca` reads it: `20261125170000Z`. */
function timeOf(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+|[-:T]/g, "");
}
