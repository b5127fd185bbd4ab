import type { IncomingMessage } from "node:http";

/** Headers that belong to one connection (RFC 9110 §7.6.1) and are not passed on. `trailer` goes with the chunked framing. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Header names and values in turn, as Node's `rawHeaders`: spelling, order and repetitions are kept. */
export type RawHeaders = string[];

/** The headers of a message that are meant for its end, not for the connection it came over. */
export function endToEnd({ rawHeaders, headers }: IncomingMessage, also: readonly string[] = []): RawHeaders {
  const named = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  const dropped = new Set([...HOP_BY_HOP, ...named, ...also]);
  const kept: RawHeaders = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
    if (!dropped.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

/** What an app is sent: the caller's headers, and where they came from. A proxy before this one is believed. */
export function forwardedHeaders(request: IncomingMessage): RawHeaders {
  const { headers, socket } = request;
  const client = socket.remoteAddress ?? "";
  const before = headers["x-forwarded-for"];
  // Node answers `Expect` itself, and the app must not be asked a second time.
  const kept = endToEnd(request, ["x-forwarded-for", "expect"]);
  // Node frames the body of a GET or DELETE only when it is told to; unframed, it would pass for another request.
  if (headers["transfer-encoding"]) kept.push("Transfer-Encoding", "chunked");
  kept.push("X-Forwarded-For", before ? `${before}, ${client}` : client);
  if (!headers["x-forwarded-proto"]) kept.push("X-Forwarded-Proto", "http");
  if (!headers["x-forwarded-host"] && headers.host) kept.push("X-Forwarded-Host", headers.host);
  return kept;
}
