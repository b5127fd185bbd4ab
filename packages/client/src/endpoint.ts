import { FlyteWebhookError } from "@flyte-webhook/core";

/** Address of a control plane: an origin such as `https://acme.example.com` or `http://127.0.0.1:30080`. */
export interface Endpoint {
  readonly origin: string;
  readonly insecure: boolean;
}

/**
 * Reads an endpoint as Flyte users write it: `dns:///host:port`, `host:port`, `https://host` or `http://host`.
 * Plain HTTP only when the text says `http://` or `insecure` is set. Throws `invalid_config`.
 */
export function parseEndpoint(text: string, insecure = false): Endpoint {
  const trimmed = text.trim();
  const [, scheme, address] = /^([a-z][a-z0-9+.-]*):\/\/\/?(.*)$/i.exec(trimmed) ?? [undefined, "dns", trimmed];
  const rest = address?.replace(/\/+$/, "");
  const plain = scheme === "http" || (insecure && scheme !== "https");
  if (rest && (scheme === "dns" || scheme === "http" || scheme === "https")) {
    const url = URL.parse(`${plain ? "http" : "https"}://${rest}`);
    if (url && url.pathname === "/" && !url.search && !url.hash && !url.username) {
      return { origin: url.origin, insecure: plain };
    }
  }
  throw new FlyteWebhookError("invalid_config", `the control plane's endpoint ${JSON.stringify(text)} is no address`, {
    hint: "Write host:port, dns:///host:port, https://host or http://host, without a path.",
  });
}

/**
 * The organisation that an endpoint's name suggests: the first label of a host with more than two. An IP address has
 * none (Python takes `10` from `10.0.0.1`).
 */
export function guessOrg(endpoint: Endpoint): string {
  const host = new URL(endpoint.origin).hostname;
  if (/^[\d.]+$/.test(host) || host.startsWith("[")) return "";
  const labels = host.split(".");
  return labels.length > 2 ? (labels[0] ?? "") : "";
}
