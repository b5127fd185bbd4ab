import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";

export interface Exchange {
  method?: string;
  /** Sent as it is written. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer | undefined;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export type Opened = { response: IncomingMessage; request: ClientRequest } | "dropped" | "silent";

/** Sends a request and waits for the head of its answer. */
export function open(
  base: URL,
  { method = "POST", path, headers = {}, body }: Exchange,
  timeoutMs: number,
): Promise<Opened> {
  return new Promise((resolve) => {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const options = {
      method,
      hostname: base.hostname,
      port: base.port || 80,
      path,
      headers: { ...headers, ...length },
    };
    const request = httpRequest(options);
    const timer = setTimeout(() => {
      resolve("silent");
      request.destroy();
    }, timeoutMs);
    request.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve(error.code === "ECONNREFUSED" ? "silent" : "dropped");
    });
    request.on("response", (response) => {
      clearTimeout(timer);
      resolve({ response, request });
    });
    request.end(body);
  });
}

/** The whole answer. */
export async function exchange(base: URL, what: Exchange, timeoutMs = 30_000): Promise<Answer | "dropped" | "silent"> {
  const opened = await open(base, what, timeoutMs);
  if (typeof opened === "string") return opened;
  const { response } = opened;
  const timer = setTimeout(() => response.destroy(), timeoutMs);
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
  } catch {
    return "dropped";
  } finally {
    clearTimeout(timer);
  }
}
