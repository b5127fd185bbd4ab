import { expect, test } from "vitest";
import { href, hrefWith, parseRoute } from "./route.ts";

const SCOPE = { project: "flytesnacks", domain: "development" };
const seen = (address: string) => {
  const { project, domain, view, name } = parseRoute(address);
  return [project, domain, view, name];
};

test.each([
  ["/v2/domain/development/project/p/runs/r1", ["p", "development", "runs", "r1"]],
  ["/v2/domain/staging/project/p/apps/my-app?tab=logs", ["p", "staging", "apps", "my-app"]],
  ["/v2/domain/development/project/p/tasks/env.task", ["p", "development", "tasks", "env.task"]],
  ["/v2/domain/development/project/p/tasks/a%2Fb", ["p", "development", "tasks", "a/b"]],
  ["/v2/domain/development/project/p/triggers", ["p", "development", "triggers", ""]],
  ["/v2/domain/development/project/p", ["p", "development", "runs", ""]],
  ["/v2/runs/project/p/domain/staging/r1", ["p", "staging", "runs", "r1"]],
  ["/", ["flytesnacks", "development", "runs", ""]],
  ["/v2/domain/development/project/p/unknown/x", ["flytesnacks", "development", "runs", ""]],
  ["/v2/domain/development/project/p/runs/%E0%A4%A", ["p", "development", "runs", "%E0%A4%A"]],
])("%s", (address, place) => {
  expect(seen(address)).toEqual(place);
});

test("an address leads back to where it was made", () => {
  for (const name of ["r1", "env.task", "a/b c?d#e", "ä"]) {
    expect(seen(href(SCOPE, "tasks", name))).toEqual(["flytesnacks", "development", "tasks", name]);
  }
});

test("parameters are kept, changed and taken away", () => {
  const route = parseRoute(href(SCOPE, "runs", "", { phase: "failed", q: "a&b", before: "" }));
  expect(Object.fromEntries(route.params)).toEqual({ phase: "failed", q: "a&b" });
  expect(hrefWith(route, { q: "", task: "t" })).toBe(
    "/v2/domain/development/project/flytesnacks/runs?phase=failed&task=t",
  );
});
