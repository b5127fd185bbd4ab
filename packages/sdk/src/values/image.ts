import { kind, type Read } from "../declaration/option.ts";
import { VERSION } from "../version.ts";

/** The image that `"auto"` stands for: Node and the webhook's program, of this package's version. */
export const DEFAULT_IMAGE = `ghcr.io/flyte-webhook/runtime:${VERSION}`;

/** An image reference, or `"auto"`. */
export const readImage: Read<string> = (value, loc, problems) => {
  if (typeof value !== "string") {
    return problems.add(loc, `should be an image reference such as "node:24-slim" or "auto", not ${kind(value)}`);
  }
  if (value === "" || /\s/.test(value)) return problems.add(loc, 'should be an image reference or "auto"');
  return value === "auto" ? DEFAULT_IMAGE : value;
};
