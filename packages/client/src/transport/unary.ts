import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type ContextValues, type UnaryResponse } from "@connectrpc/connect";
import { codeFromHttpStatus, errorFromJsonBytes } from "@connectrpc/connect/protocol-connect";
import { callerKey } from "../caller.ts";
import { fromNetwork } from "../connect-error.ts";
import { type Exchange, Pool } from "../http1/pool.ts";
import {
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_TIMEOUT_MS,
  type TransportOptions,
  tlsOptions,
  USER_AGENT,
} from "./options.ts";
import { keepFields, wantedFieldsKey } from "./wanted-fields.ts";

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
 * on a pool of its own, because WHATWG streams and `fetch` cost several times the call itself.
 */
export function createUnaryCaller(options: TransportOptions): UnaryCaller {
  const { origin } = options.endpoint;
  const limit = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  const pool = new Pool({ origin, tls: tlsOptions(options) });
  return {
    call(method, signal, timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS, header, input, contextValues) {
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
      const wanted = contextValues?.get(wantedFieldsKey);
      const decode = (answer: Uint8Array) => {
        const bytes = wanted === undefined ? answer : keepFields(answer, wanted);
        try {
          const message = fromBinary(method.output, bytes);
          return new Answer(method, message);
        } catch (cause) {
          const text = `${origin} answered ${method.name} with bytes that do not decode`;
          throw new ConnectError(text, Code.Internal, undefined, undefined, cause);
        }
      };
      return new Promise((resolve, reject) => {
        const call = new Call({ origin, path, headers, body, limit, decode, resolve, reject, signal }, pool);
        call.start(timeoutMs);
      });
    },
    close: async () => pool.close(),
  };
}

/** An answer whose headers nobody reads: to make `Headers` is not free, and the first of them loads all of `fetch`. */
class Answer<I extends DescMessage, O extends DescMessage> implements UnaryResponse<I, O> {
  readonly stream = false;
  readonly method: DescMethodUnary<I, O>;
  readonly message: MessageShape<O>;

  constructor(method: DescMethodUnary<I, O>, message: MessageShape<O>) {
    this.method = method;
    this.message = message;
  }

  get service() {
    return this.method.parent;
  }

  get header() {
    return new Headers();
  }

  get trailer() {
    return new Headers();
  }
}

interface CallInit<Answer> {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Bytes of the largest answer that is accepted. */
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
  readonly decode: (bytes: Uint8Array) => Answer;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** One call: collects the answer, keeps the deadline and the size limit, turns whatever goes wrong into a Connect error. */
class Call<Answer> implements Exchange {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly #init: CallInit<Answer>;
  readonly #pool: Pool;
  #timer: NodeJS.Timeout | undefined;
  #onAbort: (() => void) | undefined;
  #status = 0;
  #contentType = "";
  #retryAfter: string | undefined;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(init: CallInit<Answer>, pool: Pool) {
    this.path = init.path;
    this.headers = init.headers;
    this.body = init.body;
    this.#init = init;
    this.#pool = pool;
  }

  start(timeoutMs: number): void {
    const { origin, signal, reject } = this.#init;
    if (signal?.aborted) {
      reject(canceled(signal));
      return;
    }
    try {
      this.#pool.send(this);
    } catch (error) {
      const code = error instanceof TypeError ? Code.InvalidArgument : Code.Unavailable;
      reject(new ConnectError((error as Error).message, code, undefined, undefined, error));
      return;
    }
    const late = () => new ConnectError(`${origin} did not answer within ${timeoutMs} ms`, Code.DeadlineExceeded);
    this.#timer = setTimeout(() => this.#giveUp(late()), timeoutMs);
    if (!signal) return;
    this.#onAbort = () => this.#giveUp(canceled(signal));
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  onHead(status: number, contentType: string, retryAfter?: string): void {
    this.#status = status;
    this.#contentType = contentType;
    this.#retryAfter = retryAfter;
  }

  onBody(bytes: Buffer): void {
    const { origin, limit } = this.#init;
    this.#size += bytes.length;
    this.#chunks.push(bytes);
    if (this.#size <= limit) return;
    this.#giveUp(new ConnectError(`the answer of ${origin} is larger than ${limit} bytes`, Code.ResourceExhausted));
  }

  onEnd(): void {
    this.#settle();
    const { decode, resolve, reject } = this.#init;
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    try {
      if (this.#status !== 200 || !this.#contentType.startsWith("application/proto")) throw this.#error(bytes);
      resolve(decode(bytes));
    } catch (error) {
      reject(error);
    }
  }

  onError(error: Error): void {
    this.#settle();
    this.#init.reject(fromNetwork(error, this.#init.origin));
  }

  /** What a non-200 answer says: a Connect error in JSON, or the meaning of the bare HTTP status. */
  #error(bytes: Uint8Array): ConnectError {
    const { origin } = this.#init;
    if (this.#status === 200) {
      const type = this.#contentType || "none";
      return new ConnectError(`${origin} answered with content type ${type}, not a Connect response`, Code.Internal);
    }
    const metadata = this.#retryAfter === undefined ? undefined : { "retry-after": this.#retryAfter };
    const code = codeFromHttpStatus(this.#status);
    const fallback = new ConnectError(`${origin} answered HTTP ${this.#status}`, code, metadata);
    if (!this.#contentType.startsWith("application/json")) return fallback;
    try {
      return errorFromJsonBytes(bytes, metadata, fallback);
    } catch {
      return fallback;
    }
  }

  #settle(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort) this.#init.signal?.removeEventListener("abort", this.#onAbort);
  }

  #giveUp(error: ConnectError): void {
    this.#settle();
    this.#pool.abandon(this);
    this.#init.reject(error);
  }
}

function canceled(signal: AbortSignal): ConnectError {
  return new ConnectError("the call was canceled", Code.Canceled, undefined, undefined, signal.reason);
}
