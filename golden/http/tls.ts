import { readFileSync } from "node:fs";

/** Key and certificate of the stub control plane's TLS listener. */
export function readTls(): { key: string; cert: string } {
  const read = (name: string) => readFileSync(new URL(`./tls/${name}`, import.meta.url), "utf8");
  return { key: read("server.key"), cert: read("server.pem") };
}
