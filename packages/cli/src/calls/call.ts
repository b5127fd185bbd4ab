import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import { dialable } from "@flyte-webhook/client/outbound";
import { FlyteWebhookError } from "@flyte-webhook/core";

export interface Call {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly timeoutMs: number;
  /** PEM text of authorities to trust beside Node's own. */
  readonly ca: string | undefined;
  /** Whether the certificate must be one that is trusted. Default true. */
  readonly verifies?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * One HTTP request; redirects are answers as any other. Throws `target_unreachable` and `target_timeout`.
 * Node's own client: `fetch` knows no authority beside the system's.
 */
export function call({ url, method, headers, body, timeoutMs, ca, verifies = true }: Call): Promise<Answer> {
  const secure = url.protocol === "https:";
  const request = (secure ? httpsRequest : httpRequest)(dialable(url.href), {
    method,
    headers: { ...headers, ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }) },
    ...(secure && { rejectUnauthorized: verifies, ...(ca !== undefined && { ca: [...rootCertificates, ca] }) }),
  });
  const late = setTimeout(() => {
    const seconds = Math.round(timeoutMs / 1000);
    request.destroy(new FlyteWebhookError("target_timeout", `${url.origin} did not answer within ${seconds} s`));
  }, timeoutMs);
  return new Promise<Answer>((resolve, reject) => {
    request.on("error", (cause: NodeJS.ErrnoException) => {
      if (cause instanceof FlyteWebhookError) return reject(cause);
      const reason = cause.code ?? cause.message;
      reject(
        new FlyteWebhookError("target_unreachable", `${url.origin} cannot be reached (${reason})`, {
          cause,
          hint: "Is the webhook deployed and active? See `flyte-webhook apps list`.",
        }),
      );
    });
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (cause) => reject(new FlyteWebhookError("target_unreachable", cause.message, { cause })));
      response.on("end", () => {
        const { statusCode: status = 0, statusMessage: reason = "", headers: answered } = response;
        resolve({ status, reason, headers: answered, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    request.end(body);
  }).finally(() => clearTimeout(late));
}
