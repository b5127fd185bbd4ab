import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What can be wrong with an answer on the wire. */
export const WIRE_FAULTS = [
  "reset before headers",
  "reset mid-body",
  "hang",
  "garbage bytes",
  "10 MB of noise",
  "10 MB answer",
  "wrong content type",
] as const;
export type WireFault = (typeof WIRE_FAULTS)[number];

/** What can be wrong with a stream besides. */
export const STREAM_FAULTS = [...WIRE_FAULTS, "reset mid-stream", "hang mid-stream", "end without end"] as const;
export type StreamFault = (typeof STREAM_FAULTS)[number];

const MB = 1024 * 1024;
const NOISE = Buffer.alloc(10 * MB, 0xff);

export interface GoodAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Answers a request that has been read with a fault; `ok` is the good answer of the same request. */
export function answerWith(fault: WireFault, response: ServerResponse, ok: GoodAnswer): void {
  const socket = response.socket as Socket;
  switch (fault) {
    case "reset before headers":
      return void socket.resetAndDestroy();
    case "reset mid-body":
      response.writeHead(200, { "content-type": ok.type, "content-length": ok.body.length + 1000 });
      response.write(ok.body.subarray(0, 1), () => setTimeout(() => socket.resetAndDestroy(), 5));
      return;
    case "hang":
      return;
    case "garbage bytes":
      return void socket.end("\x00\x01\x02 this is no HTTP\r\n\r\n");
    case "10 MB of noise":
      return void response.writeHead(200, { "content-type": ok.type }).end(NOISE);
    case "10 MB answer":
      return void response.writeHead(ok.status, { "content-type": ok.type }).end(padded(ok));
    case "wrong content type":
      return void response.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in</h1>");
  }
}

/** The same for a stream of Connect's enveloped messages, of which `ok` holds at least one. */
export function streamWith(fault: StreamFault, response: ServerResponse, ok: GoodAnswer): void {
  const socket = response.socket as Socket;
  const first = ok.body.subarray(0, 5 + ok.body.readUInt32BE(1));
  const begin = (then: () => void) => {
    response.writeHead(200, { "content-type": ok.type });
    response.write(first, then);
  };
  switch (fault) {
    case "reset mid-stream":
      begin(() => setTimeout(() => socket.resetAndDestroy(), 5));
      return;
    case "hang mid-stream":
      begin(() => {});
      return;
    case "end without end":
      begin(() => response.end());
      return;
    case "10 MB answer": {
      const body = padded({ ...ok, body: first.subarray(5) });
      return void response
        .writeHead(200, { "content-type": ok.type })
        .end(Buffer.concat([envelope(0, body), ok.body.subarray(first.length)]));
    }
    default:
      answerWith(fault, response, ok);
  }
}

/** How Connect's protocol ends a stream with an error: in the last envelope of a success. */
export function endStream(response: ServerResponse, type: string, error: object): void {
  response.writeHead(200, { "content-type": type }).end(envelope(2, Buffer.from(JSON.stringify({ error }))));
}

function envelope(flags: number, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** The same answer with 10 MB more in it that says nothing. */
function padded({ type, body }: GoodAnswer): Buffer {
  if (type === "application/json") return Buffer.concat([body, Buffer.alloc(10 * MB, " ")]);
  // Field 2047 of the message, which none has: its tag, its length, its bytes.
  const size = 10 * MB;
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
  return Buffer.concat([body, Buffer.from([...varint(2047 * 8 + 2), ...varint(size)]), Buffer.alloc(size)]);
}
