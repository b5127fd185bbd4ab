import { Readable } from "node:stream";
import { failure, type GuardedResponse } from "@flyte-webhook/client/outbound";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { UPSTREAM_STATUS } from "../request/error-response.ts";

/**
 * The answer to a call that is read whole, as Python makes it: JSON of a success unchanged with status 200, another text as
 * `{response: text}`. Throws `target_error` with the app's status from 300 on (a redirect off the app counts), and
 * `bad_target` for an answer that is larger than `limit` bytes or no UTF-8.
 */
export async function bufferedAnswer(answer: GuardedResponse, limit: number): Promise<Response> {
  checkStatus(answer);
  const bytes = await readAll(answer.body, limit);
  if (answer.status >= 300) {
    // Python cannot read an error that is no UTF-8; its status is worth more than its text.
    throw new FlyteWebhookError("target_error", `Target app returned error: ${bytes.toString("utf8")}`, {
      status: answer.status,
    });
  }
  const text = decode(bytes);
  return new Response(isJson(text) ? text : JSON.stringify({ response: text }), {
    status: 200,
    headers: { "content-type": "application/json", [UPSTREAM_STATUS]: String(answer.status) },
  });
}

/**
 * The app's answer as it comes. Of its headers only those that describe the body pass: one that sets a cookie, grants an
 * origin or switches a protocol would do so in the webhook's name. A page is shown by a browser without its scripts.
 * What an app says to HEAD of a body that does not come is not said of the empty one that does.
 */
export function streamedAnswer({ status, headers, body }: GuardedResponse, method: string): Response {
  checkStatus({ status, body });
  const names = method === "HEAD" ? PASSED.filter((name) => !name.startsWith("content-")) : PASSED;
  const passed = names.flatMap((name): [string, string][] => {
    const value = headers[name];
    return value === undefined ? [] : [[name, String(value)]];
  });
  const bodiless = status === 204 || status === 205 || status === 304;
  if (bodiless) body.on("error", () => {}).resume();
  return new Response(bodiless ? null : (Readable.toWeb(body) as ReadableStream<Uint8Array>), {
    status,
    headers: {
      ...Object.fromEntries(passed),
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      [UPSTREAM_STATUS]: String(status),
    },
  });
}

const PASSED = [
  "accept-ranges",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-range",
  "content-type",
  "etag",
  "expires",
  "last-modified",
  "retry-after",
  "vary",
];

/** HTTP parsers let statuses through that no response may have. */
function checkStatus({ status, body }: Pick<GuardedResponse, "status" | "body">): void {
  if (status >= 200 && status <= 599) return;
  body.destroy();
  throw new FlyteWebhookError("bad_target", `The app answered with status ${status}, which HTTP does not have`);
}

async function readAll(body: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) {
        throw new FlyteWebhookError(
          "bad_target",
          `The app's answer is larger than ${limit} bytes; ask with stream=true`,
        );
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw failure(error);
  }
  return Buffer.concat(chunks);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new FlyteWebhookError("bad_target", "The app's answer is no UTF-8 text; ask with stream=true");
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
