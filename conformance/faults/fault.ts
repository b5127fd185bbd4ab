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

/** The same answer with 10 MB more in it that says nothing. */
function padded({ type, body }: GoodAnswer): Buffer {
  if (type === "application/json") return Buffer.concat([body, Buffer.alloc(10 * MB, " ")]);
  // Field 2047 of the message, which none has: its tag, its length, its bytes.
  const size = 10 * MB;
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
  return Buffer.concat([body, Buffer.from([...varint(2047 * 8 + 2), ...varint(size)]), Buffer.alloc(size)]);
}
