import { endpointDefinition, type FlyteWebhookError } from "@flyte-webhook/core";
import { describe, expect, it } from "vitest";
import { readParameters } from "./parameters.ts";

const activate = endpointDefinition("activate_app");
const read = (query: string, body: object | undefined) =>
  readParameters(activate, { name: "a" }, new URLSearchParams(query), body as never);

function problems(query: string, body: object | undefined): string[] {
  try {
    read(query, body);
    return [];
  } catch (error) {
    return (error as FlyteWebhookError).issues.map(({ type, loc }) => `${loc.join(".")} ${type}`);
  }
}

describe("parameters", () => {
  it("come from the query before the body, the last of several in a query", () => {
    expect(read("wait=true&wait=off&project=q", { wait: true, project: "b", domain: "d" })).toEqual({
      name: "a",
      domain: "d",
      project: "q",
      wait: false,
    });
    expect(read("", { wait: null })).toMatchObject({ wait: false });
  });

  it("of a body must be right even where the query wins, and every problem is told", () => {
    expect(problems("wait=true", { wait: "soon" })).toEqual(["body.wait bool_type"]);
    expect(problems("wait=maybe", { wait: {}, project: 1, wiat: true })).toEqual([
      "body.project string_type",
      "body.wait bool_type",
      "query.wait bool_parsing",
      "body.wiat extra_forbidden",
    ]);
  });

  it("are the body's own keys, not those that every object has", () => {
    expect(read("", JSON.parse("{}"))).toMatchObject({ name: "a", wait: false });
    expect(problems("", JSON.parse('{"__proto__":{"wait":true}}'))).toEqual(["body.__proto__ extra_forbidden"]);
  });
});
