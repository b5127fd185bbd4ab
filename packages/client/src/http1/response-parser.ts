/** What a parser tells of the one response it reads. */
export interface ResponseSink {
  /** `retryAfter` as the peer says it, when it does. */
  onHead(status: number, contentType: string, retryAfter?: string): void;
  /** A piece of the body; the bytes are the receiver's own. */
  onBody(bytes: Buffer): void;
}

/** A peer that does not speak HTTP/1.1 as it should; the connection is of no use any more. */
export class HttpSyntaxError extends Error {
  readonly code = "HTTP_SYNTAX";
}

/** Bytes of a head, and of the trailers after a chunked body; Node's own limit for a server is 16 KiB. */
const MAX_HEAD_BYTES = 64 * 1024;
/** Hexadecimal digits of a chunk's length: 32 bits. */
const MAX_CHUNK_DIGITS = 8;
const HEAD_END = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");

type State = "head" | "length" | "chunk-size" | "chunk" | "chunk-end" | "trailers" | "until-close" | "done";

/**
 * Reads one HTTP/1.1 response to a POST, piece by piece as it arrives. It is strict, because a response that two readers
 * understand differently is how the answer of one caller reaches another: one length only, no folded header, nothing
 * after the end.
 */
export class ResponseParser {
  /** Whether another request may follow on the connection. */
  keepAlive = false;
  /** Seconds that the peer says it keeps an idle connection, when it says so. */
  keepAliveSeconds: number | undefined;
  readonly #sink: ResponseSink;
  #state: State = "head";
  /** The beginning of a head or line whose end has not arrived. */
  #partial: Buffer | undefined;
  /** Bytes of the body, or of the chunk, that have not arrived. */
  #left = 0;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** Takes what has arrived; true once the response is whole. Throws {@link HttpSyntaxError}. */
  push(bytes: Buffer): boolean {
    let at = 0;
    while (at < bytes.length || this.#state === "done") {
      switch (this.#state) {
        case "head": {
          const head = this.#take(bytes, at, HEAD_END);
          if (!head) return false;
          at = head.after;
          this.#readHead(head.text);
          break;
        }
        case "length":
        case "chunk":
        case "until-close":
          at = this.#readBody(bytes, at);
          break;
        case "chunk-size": {
          const line = this.#take(bytes, at, LINE_END);
          if (!line) return false;
          at = line.after;
          this.#left = chunkSize(line.text);
          this.#state = this.#left === 0 ? "trailers" : "chunk";
          break;
        }
        case "chunk-end": {
          const line = this.#take(bytes, at, LINE_END);
          if (!line) return false;
          if (line.text !== "") throw new HttpSyntaxError("a chunk is longer than it says");
          at = line.after;
          this.#state = "chunk-size";
          break;
        }
        case "trailers": {
          const line = this.#take(bytes, at, LINE_END);
          if (!line) return false;
          at = line.after;
          if (line.text === "") this.#state = "done";
          break;
        }
        case "done":
          if (at < bytes.length) throw new HttpSyntaxError("bytes follow the response");
          return true;
      }
    }
    return false;
  }

  /** The connection has ended: true when the response ended with it. */
  end(): boolean {
    return this.#state === "until-close";
  }

  /** The text up to `end`, which it may not hold before, and where it goes on; kept for later when there is no end yet. */
  #take(bytes: Buffer, at: number, end: Buffer): { text: string; after: number } | undefined {
    const before = this.#partial;
    const all = before ? Buffer.concat([before, bytes.subarray(at)]) : bytes;
    const from = before ? 0 : at;
    const index = all.indexOf(end, before ? Math.max(0, before.length - end.length) : at);
    const length = (index < 0 ? all.length : index) - from;
    if (length > MAX_HEAD_BYTES) throw new HttpSyntaxError(`a head of more than ${MAX_HEAD_BYTES} bytes`);
    if (index < 0) {
      this.#partial = Buffer.from(all.subarray(from));
      return undefined;
    }
    this.#partial = undefined;
    const after = index + end.length;
    return { text: all.toString("latin1", from, index), after: before ? at + after - before.length : after };
  }

  #readHead(text: string): void {
    const { status, contentType, retryAfter, length, chunked, keepAlive, keepAliveSeconds } = headOf(text);
    this.keepAlive = keepAlive;
    if (keepAliveSeconds !== undefined) this.keepAliveSeconds = keepAliveSeconds;
    // Interim answers (100, 103) precede the real one; 101 was not asked for.
    if (status < 200) {
      if (status === 101) throw new HttpSyntaxError("a switch of protocols that was not asked for");
      return;
    }
    if (chunked && length !== undefined) throw new HttpSyntaxError("both a length and chunks");
    this.#sink.onHead(status, contentType, retryAfter);
    if (status === 204 || status === 304) this.#state = "done";
    else if (chunked) this.#state = "chunk-size";
    else if (length !== undefined) {
      this.#left = length;
      this.#state = length === 0 ? "done" : "length";
    } else {
      this.keepAlive = false;
      this.#state = "until-close";
    }
  }

  #readBody(bytes: Buffer, at: number): number {
    const end = this.#state === "until-close" ? bytes.length : Math.min(bytes.length, at + this.#left);
    // Not out of Node's pool, whose slabs outlive young collections: 20 bytes of memory more for each answer until an old one.
    const piece = Buffer.allocUnsafeSlow(end - at);
    bytes.copy(piece, 0, at, end);
    this.#sink.onBody(piece);
    if (this.#state === "until-close") return end;
    this.#left -= end - at;
    if (this.#left === 0) this.#state = this.#state === "chunk" ? "chunk-end" : "done";
    return end;
  }
}

/** What the head of a response says. */
interface Head {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  /** Bytes of the body. */
  readonly length: number | undefined;
  readonly chunked: boolean;
  readonly keepAlive: boolean;
  readonly keepAliveSeconds: number | undefined;
}

/**
 * Heads by their text. A busy plane sends the same one many times a second, with every answer of one length; to read it
 * anew costs 2 µs.
 */
const HEADS = new Map<string, Head>();
const MAX_HEADS = 32;
const MAX_KEPT_HEAD = 1024;
/** Of a head that may hold something of one caller, nothing is kept. */
const CREDENTIAL = /cookie|auth|token/i;

/** Throws {@link HttpSyntaxError}. */
function headOf(text: string): Head {
  const known = HEADS.get(text);
  if (known) return known;
  const head = parseHead(text);
  if (HEADS.size >= MAX_HEADS) HEADS.clear();
  if (text.length <= MAX_KEPT_HEAD && !CREDENTIAL.test(text)) HEADS.set(text, head);
  return head;
}

function parseHead(text: string): Head {
  const firstEnd = text.indexOf("\r\n");
  const [, minor, digits] = STATUS_LINE.exec(firstEnd < 0 ? text : text.slice(0, firstEnd)) ?? [];
  if (digits === undefined) throw notHttp();
  const status = Number(digits);
  let contentType = "";
  let retryAfter: string | undefined;
  let length: number | undefined;
  let chunked = false;
  let keepAlive = minor === "1";
  let keepAliveSeconds: number | undefined;
  // By hand: an expression for the whole head and one for its fields cost 2 µs of each call.
  for (let at = firstEnd < 0 ? text.length : firstEnd + 2; at < text.length; ) {
    const colon = nameEnd(text, at);
    const end = valueEnd(text, colon + 1);
    // Few headers mean something here, and none of the others is as long as they are.
    const name = MEANINGFUL_LENGTHS.has(colon - at) ? text.slice(at, colon).toLowerCase() : "";
    const value = name === "" ? "" : text.slice(colon + 1, end).trim();
    at = end + 2;
    switch (name) {
      case "content-type":
        contentType = value;
        break;
      case "retry-after":
        retryAfter = value;
        break;
      case "content-length":
        if (!/^\d{1,15}$/.test(value) || (length !== undefined && length !== Number(value)))
          throw new HttpSyntaxError(`content-length ${value}`);
        length = Number(value);
        break;
      case "transfer-encoding":
        if (chunked || value.toLowerCase() !== "chunked") throw new HttpSyntaxError(`transfer-encoding ${value}`);
        chunked = true;
        break;
      case "content-encoding":
        if (value !== "identity") throw new HttpSyntaxError(`content-encoding ${value}, which was not asked for`);
        break;
      case "connection":
        if (/(?:^|,)\s*close\s*(?:,|$)/i.test(value)) keepAlive = false;
        break;
      case "keep-alive": {
        const seconds = /(?:^|[,\s])timeout=(\d{1,9})/i.exec(value)?.[1];
        if (seconds !== undefined) keepAliveSeconds = Number(seconds);
        break;
      }
    }
  }
  return { status, contentType, retryAfter, length, chunked, keepAlive, keepAliveSeconds };
}

const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: [^\r\n\0]*)?$/;

const notHttp = () => new HttpSyntaxError("a head that is none of HTTP/1.1");

/** Lengths of the names of headers that mean something here. */
const MEANINGFUL_LENGTHS: ReadonlySet<number> = new Set(
  [
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "retry-after",
  ].map(({ length }) => length),
);

/** The characters that a header's name is made of. */
const TOKEN = Uint8Array.from({ length: 256 }, (_, code) =>
  /[!#$%&'*+.^_`|~\w-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Where the name that begins at `at` has its colon: no folded line, no blank before it. Throws {@link HttpSyntaxError}. */
function nameEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && TOKEN[text.charCodeAt(end)] === 1) end++;
  if (end === at || text.charCodeAt(end) !== 0x3a) throw notHttp();
  return end;
}

/** Where the line ends that the value at `at` is on: no bare CR or LF, no NUL. Throws {@link HttpSyntaxError}. */
function valueEnd(text: string, at: number): number {
  for (let end = at; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 13 && text.charCodeAt(end + 1) === 10) return end;
    if (code === 13 || code === 10 || code === 0) throw notHttp();
  }
  return text.length;
}

/** A chunk's length; extensions after it mean nothing here. */
function chunkSize(line: string): number {
  const digits = /^([0-9a-f]+)[ \t]*(?:;.*)?$/i.exec(line)?.[1];
  if (digits === undefined || digits.length > MAX_CHUNK_DIGITS) throw new HttpSyntaxError("a chunk without a length");
  return Number.parseInt(digits, 16);
}
