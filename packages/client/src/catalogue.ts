import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { TriggerService } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_service";
import { allPages } from "./all-pages.ts";
import { Apps } from "./apps.ts";
import type { CallOptions } from "./caller.ts";
import type { Connection } from "./connection.ts";

export interface CatalogueName {
  readonly project: string;
  readonly domain: string;
  readonly name: string;
}

/** A trigger, with the task that it runs. */
export interface CatalogueTrigger extends CatalogueName {
  readonly taskName: string;
}

/** What a control plane holds, by name and in their order, as far as the caller may see it. */
export class Catalogue {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Every task of the organisation, in whatever version, each once. */
  async tasks(options?: CallOptions): Promise<CatalogueName[]> {
    const { origin, scope } = this.#connection;
    const scopeBy = { case: "org", value: scope.org } as const;
    const names = await allPages(origin, async (request) => {
      const page = await this.#connection.unary(TaskService.method.listTasks, { request, scopeBy }, options);
      return { items: page.tasks.flatMap(({ taskId }) => (taskId ? [nameOf(taskId)] : [])), token: page.token };
    });
    return unique(names, ({ domain, project, name }) => `${domain}/${project}/${name}`);
  }

  /** Every app of the connection's project and domain. */
  async apps(options?: CallOptions): Promise<CatalogueName[]> {
    const apps = await new Apps(this.#connection).list(options);
    const names = apps.flatMap(({ metadata }) => (metadata?.id ? [nameOf(metadata.id)] : []));
    return unique(names, ({ domain, project, name }) => `${domain}/${project}/${name}`);
  }

  /** Every trigger of the organisation. */
  async triggers(options?: CallOptions): Promise<CatalogueTrigger[]> {
    const { origin, scope } = this.#connection;
    const scopeBy = { case: "org", value: scope.org } as const;
    const names = await allPages(origin, async (request) => {
      const page = await this.#connection.unary(TriggerService.method.listTriggers, { request, scopeBy }, options);
      const ids = page.triggers.flatMap(({ id }) => (id?.name ? [id.name] : []));
      return { items: ids.map((id) => ({ ...nameOf(id), taskName: id.taskName })), token: page.token };
    });
    return unique(names, ({ domain, project, taskName, name }) => `${domain}/${project}/${taskName}/${name}`);
  }
}

const nameOf = ({ project, domain, name }: CatalogueName): CatalogueName => ({ project, domain, name });

function unique<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  return [...byKey.keys()].sort().map((key) => byKey.get(key) as T);
}
