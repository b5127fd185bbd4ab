import type { IncomingMessage } from "node:http";

/** More than any form of ours. */
const MAX_BYTES = 16_384;

/** The fields of a form that was sent. Empty for what is no form, or too long to be one of ours. */
export async function formBody(request: IncomingMessage): Promise<URLSearchParams> {
  if (!request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return new URLSearchParams();
  const text = await bodyText(request, MAX_BYTES);
  return new URLSearchParams(text ?? "");
}

/** Undefined when it is longer than `maxBytes`. */
export async function bodyText(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
  }
  return size <= maxBytes ? Buffer.concat(chunks).toString() : undefined;
}
