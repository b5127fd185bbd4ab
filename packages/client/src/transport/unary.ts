import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type ContextValues, type UnaryResponse } from "@connectrpc/connect";
import { codeFromHttpStatus, errorFromJsonBytes } from "@connectrpc/connect/protocol-connect";
import { type Dispatcher, Pool } from "undici";
import { callerKey } from "../caller.ts";
import { fromNetwork } from "../connect-error.ts";
import {
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_TIMEOUT_MS,
  type TransportOptions,
  tlsOptions,
  USER_AGENT,
} from "./options.ts";

export interface UnaryCaller {
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: ConstructorParameters<typeof Headers>[0],
    input: MessageInitShape<I>,
    contextValues: ContextValues | undefined,
  ): Promise<UnaryResponse<I, O>>;
  close(): Promise<void>;
}

/**
 * Connect's unary protocol in its simplest form: one POST of binary protobuf, no compression, no stream objects. It sits
 * on undici's dispatcher, because WHATWG streams and `fetch` cost several times the call itself.
 */
export function createUnaryCaller(options: TransportOptions): UnaryCaller {
  const { origin } = options.endpoint;
  const limit = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  const pool = new Pool(origin, {
    allowH2: false,
    // The deadline of each call is our own; these only close what is stuck beyond any deadline.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
    ...(options.endpoint.insecure ? {} : { connect: tlsOptions(options) }),
  });
  return {
    async call(method, signal, timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS, header, input, contextValues) {
      const headers: Record<string, string> = {
        "content-type": "application/proto",
        "connect-protocol-version": "1",
        "connect-timeout-ms": String(timeoutMs),
        "user-agent": USER_AGENT,
      };
      const caller = contextValues?.get(callerKey);
      if (caller === undefined) Object.assign(headers, options.headers);
      else {
        if (caller.authorization) headers.authorization = caller.authorization;
        if (caller.cookie) headers.cookie = caller.cookie;
      }
      if (header !== undefined) for (const [name, value] of new Headers(header)) headers[name] = value;
      const body = toBinary(method.input, create(method.input, input));
      const path = `/${method.parent.typeName}/${method.name}`;
      const exchange = new Exchange(origin, limit, timeoutMs, signal);
      pool.dispatch({ path, method: "POST", headers, body }, exchange);
      const bytes = await exchange.answer;
      let message: ReturnType<typeof fromBinary<typeof method.output>>;
      try {
        message = fromBinary(method.output, bytes);
      } catch (cause) {
        throw new ConnectError(
          `${origin} answered ${method.name} with bytes that do not decode`,
          Code.Internal,
          undefined,
          undefined,
          cause,
        );
      }
      return { stream: false, service: method.parent, method, message, ...NO_HEADERS };
    },
    close: () => pool.close(),
  };
}

/** Nobody here reads a response's headers, and building `Headers` objects for each call is not free. */
const NO_HEADERS = { header: new Headers(), trailer: new Headers() };

/** One exchange: collects the answer, keeps the deadline and the size limit, turns whatever goes wrong into a Connect error. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<Uint8Array>;
  readonly #origin: string;
  readonly #limit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #resolve!: (bytes: Uint8Array) => void;
  #reject!: (error: ConnectError) => void;
  #failure: ConnectError | undefined;
  #status = 0;
  #contentType = "";
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(origin: string, limit: number, timeoutMs: number, signal: AbortSignal | undefined) {
    this.#origin = origin;
    this.#limit = limit;
    this.#signal = signal;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#timer = setTimeout(() => {
      this.#fail(new ConnectError(`${origin} did not answer within ${timeoutMs} ms`, Code.DeadlineExceeded));
    }, timeoutMs);
    if (signal !== undefined) {
      this.#onAbort = () =>
        this.#fail(new ConnectError("the call was canceled", Code.Canceled, undefined, undefined, signal.reason));
      if (signal.aborted) queueMicrotask(this.#onAbort);
      else signal.addEventListener("abort", this.#onAbort, { once: true });
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure) controller.abort(this.#failure);
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    this.#contentType = String(headers["content-type"] ?? "");
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#limit) {
      this.#fail(
        new ConnectError(`the answer of ${this.#origin} is larger than ${this.#limit} bytes`, Code.ResourceExhausted),
      );
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#settle();
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    if (this.#status === 200 && this.#contentType.startsWith("application/proto")) this.#resolve(bytes);
    else this.#reject(this.#error(bytes));
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(fromNetwork(error, this.#origin));
  }

  /** What a non-200 answer says: a Connect error in JSON, or the meaning of the bare HTTP status. */
  #error(bytes: Uint8Array): ConnectError {
    if (this.#status === 200) {
      return new ConnectError(
        `${this.#origin} answered with content type ${this.#contentType || "none"}, not a Connect response`,
        Code.Internal,
      );
    }
    const fallback = new ConnectError(
      `${this.#origin} answered HTTP ${this.#status}`,
      codeFromHttpStatus(this.#status),
    );
    if (!this.#contentType.startsWith("application/json")) return fallback;
    try {
      return errorFromJsonBytes(bytes, undefined, fallback);
    } catch {
      return fallback;
    }
  }

  #settle(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort) this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  #fail(error: ConnectError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#settle();
    this.#reject(error);
    this.#controller?.abort(error);
  }
}
