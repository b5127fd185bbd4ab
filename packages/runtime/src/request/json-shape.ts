import { FlyteWebhookError, type WebhookLimits } from "@flyte-webhook/core";

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Refuses JSON that is nested deeper or has more keys than allowed before a single value of it is made, because a small
 * text can make large structures. Text that is no JSON passes; whoever reads it tells. Throws `invalid_request`.
 */
export function checkJsonShape(bytes: Uint8Array, limits: Pick<WebhookLimits, "jsonDepth" | "jsonKeys">): void {
  const { jsonDepth, jsonKeys } = limits;
  // A level takes a byte to open, a key four (`"":1`): most bodies are too short for either.
  if (bytes.length <= jsonDepth && bytes.length / 4 <= jsonKeys) return;
  let depth = 0;
  let keys = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++depth > jsonDepth) throw refuse("json_too_deep", at, `Nested deeper than ${jsonDepth} levels`);
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COLON:
        if (++keys > jsonKeys) throw refuse("json_too_many_keys", at, `More than ${jsonKeys} keys`);
        break;
    }
  }
}

function refuse(type: string, position: number, msg: string): FlyteWebhookError {
  return new FlyteWebhookError("invalid_request", "the body is not valid", {
    issues: [{ type, loc: ["body", position], msg }],
  });
}
