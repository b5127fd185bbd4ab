import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { FlyteWebhookError } from "@flyte-webhook/core";

/** A text as curl takes it: itself, what is in a file for `@file`, or standard input for `-`. Throws `invalid_request`. */
export async function readText(given: string): Promise<string> {
  if (given === "-") return readAll(process.stdin);
  if (!given.startsWith("@")) return given;
  const path = given.slice(1);
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new FlyteWebhookError("invalid_request", `the file ${path} cannot be read`, { cause });
  }
}
