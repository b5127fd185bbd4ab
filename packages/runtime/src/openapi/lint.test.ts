import { ENDPOINTS, type EndpointDefinition, type WebhookSpec } from "@flyte-webhook/core";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import { openApiDocument } from "./document.ts";

/** Redocly's linter (it comes with Redoc), all its recommended rules as errors. */
const config = createConfig({ extends: ["recommended-strict"] });
const SPEC = { title: "Hook", description: "A webhook" } as WebhookSpec;

async function problems(source: string): Promise<string[]> {
  const found = await lintFromString({ source, config: await config });
  return found.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`);
}

describe("Redocly finds nothing wrong with the document", () => {
  const all: readonly EndpointDefinition[] = ENDPOINTS;
  const groups = [...new Set(all.map(({ group }) => group))];

  it("of all endpoints", async () => {
    expect(await problems(openApiDocument(SPEC, all))).toEqual([]);
  });

  it.each(groups)("of the group %s", async (wanted) => {
    const endpoints = all.filter(({ group }) => group === wanted);
    expect(await problems(openApiDocument(SPEC, endpoints))).toEqual([]);
  });

  it("and would find it", async () => {
    const source = openApiDocument(SPEC, all);
    const broken = source
      .replace('"operationId":"get_run_run__name__get",', "")
      .replace('"type":"boolean"', '"type":"bool"');
    expect((await problems(broken)).join("\n")).toMatch(/operation-operationId [\s\S]*struct /);
  });
});
