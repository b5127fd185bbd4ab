import { splitWords } from "@flyte-webhook/client/split-words";
import { kind, type Read } from "../declaration/option.ts";

/** A command or arguments: a list of words, or a line that is split into them. */
export const readWords: Read<readonly string[]> = (value, loc, problems) => {
  if (typeof value === "string") {
    return splitWords(value) ?? problems.add(loc, "has a quote that is not closed or a backslash at its end");
  }
  if (!Array.isArray(value)) return problems.add(loc, `should be a text or a list of texts, not ${kind(value)}`);
  return Array.from(value, (one: unknown, index) => {
    if (typeof one !== "string") problems.add([...loc, index], `should be a text, not ${kind(one)}`);
    else if (one.includes("\0")) problems.add([...loc, index], "should not hold NUL");
    return one as string;
  });
};
