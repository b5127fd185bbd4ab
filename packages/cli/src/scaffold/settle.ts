import { basename, relative, resolve } from "node:path";
import { ENDPOINT_GROUPS, type EndpointGroup, FlyteWebhookError, nearest } from "@flyte-webhook/core";
import type { CommandContext } from "../context.ts";
import type { Project } from "./scaffold.ts";

export interface Given {
  readonly directory: string | undefined;
  readonly name: string | undefined;
  readonly groups: readonly string[];
}

const DEFAULT_DIRECTORY = "my-webhook";
const DEFAULT_GROUPS: readonly EndpointGroup[] = ["core", "task", "run"];
/** What control planes take as the name of an app. */
const APP_NAME = /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/;
const NAME_RULE = 'A name is 1 to 30 of a-z, 0-9 and "-", with a letter or digit at both ends.';

/**
 * The project that is to be made: what was given, what a person is asked for, else the defaults. Undefined when they think
 * better of it. Throws `invalid_request`.
 */
export async function settle(
  given: Given,
  yes: boolean,
  { cwd, interactive }: CommandContext,
): Promise<Project | undefined> {
  const groups = given.groups.flatMap((one) => one.split(",")).map(groupOf);
  if (given.name !== undefined) checkName(given.name);
  if (yes || !interactive) {
    const directory = resolve(cwd, given.directory ?? DEFAULT_DIRECTORY);
    const name = given.name ?? nameOf(directory);
    return {
      directory,
      shown: relative(cwd, directory) || ".",
      name,
      groups: groups.length > 0 ? groups : DEFAULT_GROUPS,
    };
  }
  const prompts = await import("@clack/prompts");
  const output = process.stderr;
  const chosen =
    given.directory ??
    (await prompts.text({
      message: "Where?",
      initialValue: DEFAULT_DIRECTORY,
      output,
      validate: (text) => (text?.trim() ? undefined : "A directory is needed."),
    }));
  if (typeof chosen !== "string") return undefined;
  const directory = resolve(cwd, chosen.trim());
  const name =
    given.name ??
    (await prompts.text({
      message: "Name of the app?",
      initialValue: nameOf(directory),
      output,
      validate: (text) => (APP_NAME.test(text ?? "") ? undefined : NAME_RULE),
    }));
  if (typeof name !== "string") return undefined;
  const wanted =
    groups.length > 0
      ? groups
      : await prompts.multiselect<EndpointGroup>({
          message: "Which groups of endpoints?",
          options: ENDPOINT_GROUPS.filter((group) => group !== "all").map((value) => ({ value, label: value })),
          initialValues: [...DEFAULT_GROUPS],
          required: true,
          output,
        });
  if (!Array.isArray(wanted)) return undefined;
  return { directory, shown: relative(cwd, directory) || ".", name, groups: wanted };
}

function groupOf(text: string): EndpointGroup {
  const group = ENDPOINT_GROUPS.find((one) => one === text.trim());
  if (group) return group;
  const meant = nearest(text, ENDPOINT_GROUPS);
  throw new FlyteWebhookError("invalid_request", `there is no group of endpoints ${JSON.stringify(text)}`, {
    hint: meant ? `Did you mean ${meant}?` : `There are ${ENDPOINT_GROUPS.join(", ")}.`,
  });
}

function checkName(name: string): void {
  if (!APP_NAME.test(name))
    throw new FlyteWebhookError("invalid_request", `${JSON.stringify(name)} is no name of an app`, { hint: NAME_RULE });
}

/** A name that an app can have, after the directory. */
function nameOf(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 30)
    .replace(/^-+|-+$/g, "");
  return APP_NAME.test(name) ? name : DEFAULT_DIRECTORY;
}
