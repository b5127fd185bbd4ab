import { FlyteWebhookError } from "@flyte-webhook/core";
import type { Trigger, TriggerDetails } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import { TriggerService } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_service";
import { allPages } from "./all-pages.ts";
import type { CallOptions } from "./caller.ts";
import type { Connection } from "./connection.ts";

export type { Trigger, TriggerDetails };

export interface TriggerName {
  readonly name: string;
  /** Full name of the task that the trigger runs. */
  readonly taskName: string;
  /** Default: those of the connection. */
  readonly project?: string | undefined;
  readonly domain?: string | undefined;
}

export class Triggers {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The triggers of the connection's project and domain, as the plane orders them; `limit` of them, else all. */
  async list({ limit, ...options }: CallOptions & { readonly limit?: number | undefined } = {}): Promise<Trigger[]> {
    const { origin, scope } = this.#connection;
    const value = { organization: scope.org, domain: scope.domain, name: scope.project };
    const read = async (page: { limit: number; token: string }) => {
      const request = { request: page, scopeBy: { case: "projectId", value } } as const;
      const { triggers, token } = await this.#connection.unary(TriggerService.method.listTriggers, request, options);
      return { items: triggers, token };
    };
    return allPages(origin, read, limit);
  }

  /** Throws `not_found`. */
  async get(trigger: TriggerName, options?: CallOptions): Promise<TriggerDetails> {
    const { trigger: details } = await this.#connection.unary(
      TriggerService.method.getTriggerDetails,
      { name: this.#id(trigger) },
      options,
    );
    if (!details) throw new FlyteWebhookError("not_found", `Trigger ${trigger.taskName}/${trigger.name} not found`);
    return details;
  }

  /**
   * Switches a trigger on or off and answers with its state read back. Reads it first, because the open-source plane skips
   * names it does not know without a word. Nothing is written to a trigger that is so already. Throws `not_found`.
   */
  async setActive(trigger: TriggerName, active: boolean, options?: CallOptions): Promise<TriggerDetails> {
    const before = await this.get(trigger, options);
    if ((before.spec?.active ?? false) === active) return before;
    await this.#connection.unary(TriggerService.method.updateTriggers, { names: [this.#id(trigger)], active }, options);
    return this.get(trigger, options);
  }

  #id({ name, taskName, project, domain }: TriggerName) {
    const { scope } = this.#connection;
    return { org: scope.org, project: project || scope.project, domain: domain || scope.domain, name, taskName };
  }
}
