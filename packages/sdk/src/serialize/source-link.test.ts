import { expect, test } from "vitest";
import { sourceLink } from "./source-link.ts";

test.each([
  ["https://github.com/acme/repo.git", "https://github.com/acme/repo/tree/c1"],
  ["https://gitlab.com/acme/sub/repo/", "https://gitlab.com/acme/sub/repo/tree/c1"],
  ["git@github.com:acme/repo.git", "https://github.com/acme/repo/tree/c1"],
  ["ssh://git@git.acme.com:2222/acme/repo.git", "https://git.acme.com/acme/repo/tree/c1"],
  ["http://git.acme.com:8080/acme/repo", "http://git.acme.com:8080/acme/repo/tree/c1"],
  ["https://user:SECRET@github.com/acme/repo.git", "https://github.com/acme/repo/tree/c1"],
  ["https://SECRET@github.com/acme/repo?token=SECRET", "https://github.com/acme/repo/tree/c1"],
])("%s is %s", (remote, link) => {
  expect(sourceLink(remote, "c1")).toBe(link);
});

test.each(["/srv/git/repo.git", "../repo", "file:///srv/repo.git", ""])("%j is no web host", (remote) => {
  expect(sourceLink(remote, "c1")).toBeUndefined();
});
