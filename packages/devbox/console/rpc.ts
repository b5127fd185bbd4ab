import { joinFrames, requestFrame } from "./frames.ts";

/** An answer that is an error, or none. `code` is Connect's, such as `not_found`. */
export class RpcError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const UNAVAILABLE = "the devbox does not answer; is it running?";

/** Calls `flyteidl2.…Service/Method` with a message as JSON. Throws {@link RpcError}. */
export async function call<Answer>(method: string, message: object): Promise<Answer> {
  const response = await send(method, "application/json", JSON.stringify(message));
  const answer = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as Answer;
  throw errorOf(answer, `${response.status} ${response.statusText}`);
}

/** The messages that a streaming method answers with. Throws {@link RpcError}; ends quietly when the signal aborts. */
export async function* stream<Message>(method: string, message: object, signal: AbortSignal): AsyncGenerator<Message> {
  try {
    const response = await send(method, "application/connect+json", requestFrame(message), signal);
    if (!response.ok || !response.body) throw errorOf(undefined, `${response.status} ${response.statusText}`);
    const frames = joinFrames();
    const reader = response.body.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const { last, json } of frames(value)) {
        if (!last) yield json as Message;
        else if ((json as { error?: object }).error) throw errorOf((json as { error: object }).error, "");
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof RpcError ? error : new RpcError("unavailable", UNAVAILABLE);
  }
}

async function send(method: string, type: string, body: BodyInit, signal?: AbortSignal): Promise<Response> {
  const headers = { "content-type": type, "connect-protocol-version": "1" };
  try {
    return await fetch(`/${method}`, { method: "POST", headers, body, ...(signal && { signal }) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new RpcError("unavailable", UNAVAILABLE);
  }
}

function errorOf(answer: unknown, otherwise: string): RpcError {
  const { code = "unknown", message = otherwise } = (answer ?? {}) as { code?: string; message?: string };
  return new RpcError(code, message || code);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
