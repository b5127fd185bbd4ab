import { FlyteWebhookError } from "@flyte-webhook/core";
import type { CommandContext } from "./context.ts";

/** Asks a question that is answered with yes or no. Throws `invalid_request` where nobody is there to answer. */
export async function confirm(question: string, option: string, { interactive }: CommandContext): Promise<boolean> {
  if (!interactive) {
    throw new FlyteWebhookError("invalid_request", `${question} There is nobody to ask`, {
      hint: `Give ${option} to go on without being asked.`,
    });
  }
  const prompts = await import("@clack/prompts");
  const answer = await prompts.confirm({ message: question, initialValue: false, output: process.stderr });
  return answer === true;
}
