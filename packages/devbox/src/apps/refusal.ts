/** An answer of an app's proxy itself, in place of the app. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What the caller is told when passing its request on failed. */
export function asRefusal(app: string, error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return new Refusal(502, `App ${app} could not be reached${code ? ` (${code})` : ""}; its log may say why`);
}

/** Headers and body of a refusal: `{"detail": …}`, as the webhook's own errors. */
export function refusalMessage({ status, message }: Refusal): { headers: Record<string, string>; body: string } {
  const body = JSON.stringify({ detail: message });
  return {
    headers: {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      ...(status === 503 && { "retry-after": "1" }),
    },
    body,
  };
}
