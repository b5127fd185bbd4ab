import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import { ResponseParser, type ResponseSink } from "./response-parser.ts";

/** One POST, and where its answer goes. Exactly one of `onEnd` and `onError` is called, once. */
export interface Exchange extends ResponseSink {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  onEnd(): void;
  /** An error of the system or of TLS with its `code`, `HTTP_SYNTAX`, or `ECONNRESET` for an answer cut short. */
  onError(error: Error): void;
}

export interface PoolOptions {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string;
  readonly tls: { readonly ca?: string[]; readonly rejectUnauthorized: boolean };
  /** Connections at once; further exchanges wait for one. Default 256. */
  readonly maxConnections?: number;
}

const DEFAULT_MAX_CONNECTIONS = 256;
/** Milliseconds an unused connection is kept, unless the peer says it closes it sooner. */
const IDLE_MS = 30_000;
/** So much sooner than the peer, because a request that crosses its close is lost. */
const CLOSE_AHEAD_MS = 1_000;
/** Milliseconds between looks for connections that have been idle too long. */
const SWEEP_MS = 1_000;
const READ_BYTES = 32 * 1024;
/** Bytes of a body up to which a request is written as a text; Node encodes such texts on the stack. */
const SHORT_BODY = 4 * 1024;

/** An exchange and its request. */
interface Pending {
  readonly exchange: Exchange;
  /** The request's bytes, or a text with one character for each of them. */
  readonly request: Buffer | string;
}

/**
 * Kept-alive HTTP/1.1 connections to one origin, for small POSTs with small answers. This is the hot path of a webhook:
 * one write and one read per exchange and no stream objects, because a general client costs as much as the rest of the
 * request.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #host: string;
  /** The last used last, so that what is not needed grows old. */
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();
  readonly #waiting: Pending[] = [];
  /** Made once: to read the certificate authorities costs milliseconds and megabytes. */
  #secureContext: SecureContext | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#host = new URL(options.origin).host;
  }

  /** Sends a request now, or as soon as a connection is free. Throws `TypeError` for a header that cannot be sent. */
  send(exchange: Exchange): void {
    if (this.#closed) throw new Error(`the connections to ${this.#host} were closed`);
    const pending = { exchange, request: encode(exchange, this.#host) };
    const connection = this.#usable() ?? this.#connect();
    if (connection) connection.send(pending);
    else this.#waiting.push(pending);
  }

  /** Nobody waits for the answer any more: no callback of the exchange is called again. */
  abandon(exchange: Exchange): void {
    const place = this.#waiting.findIndex((pending) => pending.exchange === exchange);
    if (place >= 0) this.#waiting.splice(place, 1);
    else for (const connection of this.#open) connection.abandon(exchange);
  }

  /** Ends the unused connections now and the others with their exchange. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#sweep);
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  #usable(): Connection | undefined {
    const now = performance.now();
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (now < connection.idleUntil) return connection;
      connection.destroy();
    }
    return undefined;
  }

  #connect(): Connection | undefined {
    if (this.#open.size >= (this.#options.maxConnections ?? DEFAULT_MAX_CONNECTIONS)) return undefined;
    const { origin, tls } = this.#options;
    if (origin.startsWith("https:")) this.#secureContext ??= createSecureContext({ ca: tls.ca });
    const connection = new Connection(this.#options, this.#secureContext, {
      free: () => {
        const next = this.#waiting.shift();
        if (next) connection.send(next);
        else if (this.#closed) connection.destroy();
        else this.#rest(connection);
      },
      gone: () => {
        this.#open.delete(connection);
        const place = this.#idle.indexOf(connection);
        if (place >= 0) this.#idle.splice(place, 1);
        const next = this.#waiting.shift();
        if (next) (this.#connect() as Connection).send(next);
      },
    });
    this.#open.add(connection);
    return connection;
  }

  #rest(connection: Connection): void {
    this.#idle.push(connection);
    this.#sweep ??= setInterval(() => {
      const now = performance.now();
      const old = this.#idle.filter(({ idleUntil }) => idleUntil <= now);
      for (const one of old) one.destroy();
      if (this.#idle.length > old.length) return;
      clearInterval(this.#sweep);
      this.#sweep = undefined;
    }, SWEEP_MS).unref();
  }
}

interface Owner {
  /** The exchange is over and the connection can take another. */
  free(): void;
  /** The connection is closed. */
  gone(): void;
}

class Connection {
  /** By `performance.now()`; only of one that is idle. */
  idleUntil = 0;
  readonly #socket: Socket;
  readonly #owner: Owner;
  #exchange: Exchange | undefined;
  #parser: ResponseParser | undefined;
  #error: Error | undefined;

  constructor({ origin, tls }: PoolOptions, secureContext: SecureContext | undefined, owner: Owner) {
    const { hostname, port } = new URL(origin);
    const host = hostname.replace(/^\[|\]$/g, "");
    this.#owner = owner;
    // Bytes are read into one buffer of the connection, past Node's streams.
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (size: number): boolean => {
      this.#received(buffer.subarray(0, size));
      return true;
    };
    const options = {
      host,
      port: Number(port) || (secureContext ? 443 : 80),
      noDelay: true,
      keepAlive: true,
      onread: { buffer, callback },
    };
    this.#socket = secureContext
      ? connectTls({
          ...options,
          secureContext,
          rejectUnauthorized: tls.rejectUnauthorized,
          ALPNProtocols: ["http/1.1"],
          servername: isIP(host) ? "" : host,
        })
      : connectTcp(options);
    this.#socket.on("error", (error) => {
      this.#error = error;
    });
    this.#socket.on("end", () => this.#ended());
    this.#socket.on("close", () => this.#closed());
  }

  send({ exchange, request }: Pending): void {
    this.#exchange = exchange;
    this.#parser = new ResponseParser(exchange);
    this.#socket.ref();
    this.#socket.write(request, "latin1");
  }

  /** The answer may still come, so the connection is not used again. */
  abandon(exchange: Exchange): void {
    if (this.#exchange !== exchange) return;
    this.#exchange = undefined;
    this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #received(bytes: Buffer): void {
    const exchange = this.#exchange;
    const parser = this.#parser;
    // Nothing was asked: whatever it is, it must not become the answer to the next request.
    if (!exchange || !parser) {
      this.destroy();
      return;
    }
    try {
      if (!parser.push(bytes)) return;
    } catch (error) {
      this.#exchange = undefined;
      this.destroy();
      exchange.onError(error as Error);
      return;
    }
    this.#complete(exchange, parser);
  }

  #complete(exchange: Exchange, { keepAlive, keepAliveSeconds }: ResponseParser): void {
    // The sink may have abandoned the exchange while it took the last piece.
    if (this.#exchange !== exchange) return;
    this.#exchange = undefined;
    this.#parser = undefined;
    const idleMs = Math.min(IDLE_MS, (keepAliveSeconds ?? Number.POSITIVE_INFINITY) * 1000 - CLOSE_AHEAD_MS);
    if (keepAlive && idleMs > 0 && !this.#socket.destroyed) {
      this.idleUntil = performance.now() + idleMs;
      this.#socket.unref();
      this.#owner.free();
    } else this.destroy();
    exchange.onEnd();
  }

  #ended(): void {
    if (this.#exchange && this.#parser?.end()) this.#complete(this.#exchange, this.#parser);
    else this.destroy();
  }

  #closed(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#owner.gone();
    exchange?.onError(this.#error ?? Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
  }
}

/** Head and body in one piece, for one write. A short request as a text, which costs 2 to 3 µs less than a buffer made for it. */
function encode({ path, headers, body }: Exchange, host: string): Buffer | string {
  let head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\n`;
  for (const name in headers) {
    const value = headers[name] as string;
    // A value is often somebody's token: the message does not repeat it.
    if (!HEADER_VALUE.test(value)) throw new TypeError(`header ${name} holds characters that cannot be sent`);
    head += `${name}: ${value}\r\n`;
  }
  head += `content-length: ${body.length}\r\n\r\n`;
  if (body.length <= SHORT_BODY) return head + latin1(body);
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, "latin1");
  bytes.set(body, head.length);
  return bytes;
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
