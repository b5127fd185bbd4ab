import { FlyteWebhookError, formatPath, type Issue } from "@flyte-webhook/core";

/** Where an option is: `["scaling", "replicas"]`, `["links", 0, "path"]`. */
export type Loc = readonly (string | number)[];

/** Collects everything that is wrong with one declaration, so that it is mended in one go. */
export class Problems {
  readonly #issues: Issue[] = [];

  /** Notes a problem; answers undefined, the value of an option that could not be read. */
  add(loc: Loc, msg: string): undefined {
    this.#issues.push({ type: "invalid_option", loc, msg });
    return undefined;
  }

  get none(): boolean {
    return this.#issues.length === 0;
  }

  /** Throws `invalid_declaration` with one line per problem when there is any. `subject` is what was declared. */
  throwIfAny(subject: string): void {
    if (this.none) return;
    const lines = this.#issues.map(({ loc, msg }) => (loc.length > 0 ? `${formatPath(loc)}: ${msg}` : msg));
    const message =
      lines.length === 1
        ? `${subject} is not valid: ${lines[0]}`
        : `${subject} has ${lines.length} problems:\n${lines.map((line) => `  - ${line}`).join("\n")}`;
    throw new FlyteWebhookError("invalid_declaration", message, { issues: this.#issues });
  }
}
