import type { MessageInitShape } from "@bufbuild/protobuf";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type Project, type ProjectSchema, ProjectService } from "@flyte-webhook/idl/flyteidl2/project/project_service";
import type { CallOptions } from "./caller.ts";
import type { Connection } from "./connection.ts";

export type { Project };

export class Projects {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** All projects that are not archived. */
  async list(options?: CallOptions): Promise<Project[]> {
    const { projects } = await this.#connection.unary(ProjectService.method.listProjects, {}, options);
    return projects?.projects ?? [];
  }

  /** Throws `not_found`. */
  async get(id: string, options?: CallOptions): Promise<Project> {
    const { org } = this.#connection.scope;
    const { project } = await this.#connection.unary(ProjectService.method.getProject, { id, org }, options);
    if (!project) throw new FlyteWebhookError("not_found", `project ${id} not found`);
    return project;
  }

  /** Throws `already_exists`. */
  async create(project: MessageInitShape<typeof ProjectSchema>, options?: CallOptions): Promise<void> {
    await this.#connection.unary(ProjectService.method.createProject, { project }, options);
  }
}
