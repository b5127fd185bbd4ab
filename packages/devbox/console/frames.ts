/** Connect's streams: each message behind a byte of flags and four of its length. */

/** The flag of the frame that ends a stream. */
const LAST = 2;
const HEAD_BYTES = 5;

export interface Frame {
  readonly last: boolean;
  readonly json: unknown;
}

export function requestFrame(message: object): Uint8Array<ArrayBuffer> {
  const body = new TextEncoder().encode(JSON.stringify(message));
  const frame = new Uint8Array(HEAD_BYTES + body.length);
  new DataView(frame.buffer).setUint32(1, body.length);
  frame.set(body, HEAD_BYTES);
  return frame;
}

/** Takes the parts of a stream as they come, and gives the frames that are whole. */
export function joinFrames(): (part: Uint8Array) => Frame[] {
  let rest = new Uint8Array(0);
  return (part) => {
    const joined = new Uint8Array(rest.length + part.length);
    joined.set(rest);
    joined.set(part, rest.length);
    const view = new DataView(joined.buffer);
    const frames: Frame[] = [];
    let at = 0;
    while (joined.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + view.getUint32(at + 1);
      if (end > joined.length) break;
      const text = new TextDecoder().decode(joined.subarray(at + HEAD_BYTES, end));
      frames.push({ last: (view.getUint8(at) & LAST) !== 0, json: JSON.parse(text || "{}") });
      at = end;
    }
    rest = joined.slice(at);
    return frames;
  };
}
