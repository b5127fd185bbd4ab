import { create } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { Filter_Function, Sort_Direction } from "@flyte-webhook/idl/flyteidl2/common/list";
import {
  DomainSchema,
  type Project,
  ProjectSchema,
  ProjectService,
  ProjectState,
} from "@flyte-webhook/idl/flyteidl2/project/project_service";
import { rpcError } from "../rpc-error.ts";
import { type Condition, conditionsOf, joined } from "../store/list-query.ts";
import { NOT_ARCHIVED, PROJECT_COLUMNS, type Projects } from "../store/projects.ts";
import { checkProjectName, DOMAINS } from "./names.ts";

const MAX_NAME = 255;
const MAX_DESCRIPTION = 2048;

export function registerProjectService(router: ConnectRouter, projects: Projects): void {
  router.service(ProjectService, {
    createProject: ({ project }) => {
      const given = checked(project);
      if (!projects.create(given)) throw rpcError.alreadyExists(`project already exists: ${given.id}`);
      return {};
    },
    updateProject: ({ project }) => {
      const given = checked(project);
      if (!projects.update(given)) throw rpcError.notFound(`project not found: ${given.id}`);
      return {};
    },
    getProject: ({ id }) => {
      if (id === "") throw rpcError.invalidArgument("id is required");
      const project = projects.get(id);
      if (!project) throw rpcError.notFound(`project not found: ${id}`);
      return { project: withDomains(project) };
    },
    listProjects: ({ limit, token, filters, sortBy }) => {
      if (!/^\d{0,15}$/.test(token)) throw rpcError.invalidArgument(`invalid token: ${JSON.stringify(token)}`);
      const offset = Number(token);
      const order = sortBy
        ? `${sortColumn(sortBy.key)} ${sortBy.direction === Sort_Direction.ASCENDING ? "ASC" : "DESC"}`
        : "created_at ASC";
      const where = filters === "" ? NOT_ARCHIVED : joined(filters.split("+").map(parseFilter));
      // No limit is no maximum, as on a real plane; one more than asked for tells whether there is a next page.
      const found = projects.list({ where, order, limit: limit > 0 ? limit + 1 : -1, offset });
      const more = limit > 0 && found.length > limit;
      const page = (more ? found.slice(0, limit) : found).map(withDomains);
      return { projects: { projects: page, token: more ? String(offset + limit) : "" } };
    },
  });
}

function checked(project: Project | undefined): Project {
  if (!project?.id) throw rpcError.invalidArgument("project.id is required");
  checkProjectName(project.id);
  const { id, name, description, labels, state } = project;
  if (name.length > MAX_NAME) throw rpcError.invalidArgument(`project.name has more than ${MAX_NAME} characters`);
  if (description.length > MAX_DESCRIPTION) {
    throw rpcError.invalidArgument(`project.description has more than ${MAX_DESCRIPTION} characters`);
  }
  if (ProjectState[state] === undefined) throw rpcError.invalidArgument(`unknown project.state ${state}`);
  // Domains are the plane's own, and org has no meaning on an open-source plane.
  return create(ProjectSchema, { id, name, description, state, ...(labels && { labels }) });
}

function withDomains(project: Project): Project {
  return create(ProjectSchema, { ...project, domains: DOMAINS.map((domain) => create(DomainSchema, domain)) });
}

function sortColumn(key: string): string {
  const column = Object.hasOwn(PROJECT_COLUMNS, key) ? PROJECT_COLUMNS[key] : undefined;
  if (!column) throw rpcError.invalidArgument(`invalid sort field: ${key}`);
  return column.sql;
}

const FUNCTIONS = {
  eq: Filter_Function.EQUAL,
  ne: Filter_Function.NOT_EQUAL,
  contains: Filter_Function.CONTAINS,
  value_in: Filter_Function.VALUE_IN,
} as const;

/** Projects have a filter language of their own: `eq(state,0)+contains(name,foo)`; the values of `value_in` end in `;`. */
function parseFilter(text: string): Condition {
  const [, name, field, value] = /^(eq|ne|contains|value_in)\((\w+),(.*)\)$/s.exec(text) ?? [];
  if (name === undefined || field === undefined || value === undefined) {
    throw rpcError.invalidArgument(`invalid filter format: ${text.slice(0, 100)}`);
  }
  const filter = FUNCTIONS[name as keyof typeof FUNCTIONS];
  // Python's client writes a blank after the comma.
  const values = (filter === Filter_Function.VALUE_IN ? value.split(";") : [value]).map((one) => one.trim());
  return conditionsOf(
    [{ $typeName: "flyteidl2.common.Filter", function: filter, field, values }],
    PROJECT_COLUMNS,
  )[0] as Condition;
}
