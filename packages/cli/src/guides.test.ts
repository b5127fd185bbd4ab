/** The guides that follow each other in one project: what they say is printed, and their programs do what they show. */

import { Apps, createConnection } from "@flyte-webhook/client";
import { ERROR_STATUS } from "@flyte-webhook/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { examplesOf, type Reader, reader, readGuide } from "./testing/guide.ts";

const snippetsOf = (guide: string) => [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? "");

let person: Reader;
beforeAll(async () => {
  person = reader();
  // Those that come after begin where this one ends: with a webhook that serves.
  await person.follow(examplesOf(readGuide("getting-started.md")));
}, 120_000);
afterAll(() => person?.close());

test("docs/getting-started.md shows the declaration that init writes", async () => {
  const [declaration = ""] = snippetsOf(readGuide("getting-started.md"));
  const name = 'import { webhook } from "./webhook.ts"; console.log(JSON.stringify(webhook));';
  expect(await person.program(`${declaration}\nconsole.log(JSON.stringify(webhook));`)).toBe(
    await person.program(name),
  );
});

test("docs/allow-lists.md", { timeout: 120_000 }, () => person.follow(examplesOf(readGuide("allow-lists.md"))));

test("docs/calling.md: its program and its commands", { timeout: 120_000 }, async () => {
  const guide = readGuide("calling.md");
  const connection = createConnection({
    endpoint: person.devbox.endpoint,
    project: "flytesnacks",
    domain: "development",
  });
  const app = await new Apps(connection).get({ name: "my-webhook" });
  await connection.close();
  const [program = ""] = snippetsOf(guide);
  const env = { WEBHOOK: app.status?.ingress?.publicUrl ?? "", FLYTE_API_KEY: person.devbox.apiKey };
  expect(await person.program(program, env)).toBe("hello, Ada\n");
  await person.follow(examplesOf(guide));
});

test("docs/errors.md: its commands, its program, and every code with its status", { timeout: 120_000 }, async () => {
  const guide = readGuide("errors.md");
  await person.follow(examplesOf(guide));
  const printed = await person.program(snippetsOf(guide)[0] ?? "");
  expect(printed).toMatch(/^invalid_declaration 2\n/);
  const told = new Map(
    [...guide.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| (\d{3}) \|/gm)].flatMap(([, codes = "", status]) =>
      [...codes.matchAll(/\w+/g)].map(([code]) => [code, Number(status)] as const),
    ),
  );
  // A caller that has gone reads no answer; the rest is not of requests.
  const { canceled, invalid_declaration, invalid_config, invalid_spec, deploy_failed, ...answered } = ERROR_STATUS;
  expect(Object.fromEntries(told)).toEqual(answered);
});
