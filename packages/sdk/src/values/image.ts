import { kind, type Read } from "../declaration/option.ts";
import { DEFAULT_IMAGE, Image } from "../images/image.ts";

/** An image, an image reference, or `"auto"`; reads to the reference. */
export const readImage: Read<string> = (value, loc, problems) => {
  if (value instanceof Image) {
    for (const problem of value.problems) problems.add(loc, problem);
    return value.problems.length === 0 ? value.reference : undefined;
  }
  if (typeof value !== "string") {
    return problems.add(loc, `should be an image reference such as "node:24-slim" or "auto", not ${kind(value)}`);
  }
  if (value === "" || /\s/.test(value)) return problems.add(loc, 'should be an image reference or "auto"');
  return value === "auto" ? DEFAULT_IMAGE : value;
};
