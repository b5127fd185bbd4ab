import { rootCertificates, type TLSSocket, connect as tlsConnect } from "node:tls";
import { type Finding, failed, ok, skipped, warning } from "./check.ts";
import type { Target } from "./examine.ts";

const TIMEOUT_MS = 5000;
/** Days before its end from which on a certificate is worth a word, and the part of its life that is left then. */
const SOON_DAYS = 14;
const SOON_PART = 0.2;
const DAY_MS = 86_400_000;

/** Whether the connection is encrypted, and its certificate one that is trusted. */
export async function checkTls(target: Target): Promise<Finding> {
  const { url, verifies, proxied } = target;
  if (proxied) return skipped("it is seen to by way of the proxy, with the calls below");
  if (url.protocol === "http:") {
    const local = /^(localhost|127\.|\[::1\])/.test(url.hostname);
    if (local) return ok("plain HTTP, which does not leave this machine");
    return warning(
      "plain HTTP: credentials can be read on the way",
      "Use an https:// endpoint, without admin.insecure.",
    );
  }
  let socket: TLSSocket;
  try {
    socket = await handshake(target);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (/WRONG_VERSION_NUMBER|EPROTO|PACKET_LENGTH/.test(`${code} ${message}`)) {
      return failed(
        `${url.host} does not speak TLS`,
        "Set admin.insecure: true for it, or write http:// in the endpoint.",
      );
    }
    return failed(
      `no TLS connection to ${url.host} (${code || message})`,
      "Check that the endpoint's port is the one that speaks TLS.",
    );
  }
  try {
    const { authorizationError } = socket;
    const { valid_from: from, valid_to: until, issuer } = socket.getPeerCertificate();
    const issuedBy = String(issuer?.O ?? issuer?.CN ?? "an unnamed authority");
    if (authorizationError) {
      const finding = failed(
        `the certificate of ${url.host} is not trusted (${String(authorizationError)}; issued by ${issuedBy})`,
        mendOf(String(authorizationError), target),
      );
      return verifies
        ? finding
        : warning(
            finding.message,
            "insecureSkipVerify accepts it; give its authority as admin.caCertFilePath instead.",
          );
    }
    const left = Date.parse(until) - Date.now();
    const days = Math.floor(left / DAY_MS);
    // One that is made anew every day is always about to expire.
    if (days < SOON_DAYS && left < SOON_PART * (Date.parse(until) - Date.parse(from))) {
      return warning(`the certificate of ${url.host} expires in ${days} days`, "Tell who runs the control plane.");
    }
    const day = new Date(until).toISOString().slice(0, 10);
    return ok(`${socket.getProtocol()}, a certificate of ${issuedBy}, valid until ${day}`);
  } finally {
    socket.destroy();
  }
}

/** Any certificate is taken here; what is wrong with it is asked afterwards. */
function handshake({ url, ca }: Target): Promise<TLSSocket> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isAddress = /^[\d.]+$|:/.test(host);
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({
      host,
      port: Number(url.port || 443),
      ...(!isAddress && { servername: host }),
      ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: false,
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    socket.once("secureConnect", () => resolve(socket));
    socket.on("error", reject);
  });
}

function mendOf(reason: string, { url, ca }: Target): string {
  if (/EXPIRED/.test(reason)) return "It has expired: tell who runs the control plane, and check this machine's clock.";
  if (/NOT_YET_VALID/.test(reason)) return "It is not valid yet: check this machine's clock.";
  if (/ALTNAME/.test(reason)) return `It is not for ${url.hostname}: check the endpoint's host name.`;
  return ca === undefined
    ? "Set admin.caCertFilePath (or FLYTE_ADMIN_CACERTFILEPATH) to the PEM file of the authority that issued it."
    : "None of the authorities in admin.caCertFilePath, FLYTE_ADMIN_CACERTFILEPATH or SSL_CERT_FILE issued it; ask who runs the control plane for the PEM file of theirs, and set admin.caCertFilePath to it.";
}
