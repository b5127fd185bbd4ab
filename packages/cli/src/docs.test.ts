import { describe, expect, onTestFinished, test } from "vitest";
import { triggerClient } from "../../devbox/src/testing/trigger-client.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { EXIT_MEANINGS } from "./exit-codes.ts";
import { examplesOf, reader, readGuide } from "./testing/guide.ts";

const GUIDE = readGuide("cli.md");

test("every example of docs/cli.md prints what is written there", async () => {
  const person = reader(async (devbox) => {
    const client = triggerClient(devbox);
    await client.deployTask();
    await client.deploy("nightly", { cron: "0 3 * * *" });
  });
  onTestFinished(() => person.close());
  const examples = examplesOf(GUIDE);
  expect(examples.length).toBeGreaterThan(30);
  await person.follow(examples);
}, 240_000);

describe("docs/cli.md names", () => {
  const all = COMMANDS.flatMap(([, commands]) => commands).flatMap((one): [string, Command][] =>
    "commands" in one ? one.commands.map((own) => [`${one.name} ${own.name}`, own]) : [[one.name, one]],
  );
  test.each(all)("%s and its options", (name, command) => {
    const section = GUIDE.split(/^## /m).find((text) => text.includes(`\`${name}`)) ?? "";
    expect(section).not.toBe("");
    for (const { usage } of Object.values(command.options ?? {})) {
      const long = /--[a-z-]+/.exec(usage)?.[0] ?? "";
      expect(
        GUIDE.split(/^## /m).some((text) => text.includes(`\`${name}`) && text.includes(long)),
        long,
      ).toBe(true);
    }
  });

  test("every exit code", () => {
    for (const [code, meaning] of EXIT_MEANINGS)
      expect(GUIDE.replaceAll("`--fail-on`", "--fail-on")).toContain(`| ${code} | ${meaning} |`);
  });
});
