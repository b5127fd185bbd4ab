import { expect, test } from "vitest";
import { splitWords } from "./split-words.ts";

// What Python's shlex.split answers for the same lines.
test.each([
  ["", []],
  ["  \t\n ", []],
  ["--p 1", ["--p", "1"]],
  ["a # not a comment", ["a", "#", "not", "a", "comment"]],
  ["'two words' \"and more\"", ["two words", "and more"]],
  ["a'b c'd", ["ab cd"]],
  ["'' \"\"", ["", ""]],
  ["a\\ b \\' \\\\", ["a b", "'", "\\"]],
  ['"a\\"b\\\\c\\d"', ['a"b\\c\\d']],
  ["'a\\b'", ["a\\b"]],
  ["$HOME $(x) {{.y}}", ["$HOME", "$(x)", "{{.y}}"]],
])("%j is split into %j", (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test.each(['node "server', "it's", "a\\", '"a\\'])("%j is not complete", (line) => {
  expect(splitWords(line)).toBeUndefined();
});
