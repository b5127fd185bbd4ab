import type { ControlPlane } from "@flyte-webhook/client";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type Finding, failed, ok, warning } from "./check.ts";

/** Whether the configured project is there, with the configured domain. */
export async function checkProject({ connection, projects }: ControlPlane): Promise<Finding> {
  const { project, domain } = connection.scope;
  if (!project || !domain) {
    const missing = [!project && "project", !domain && "domain"].filter(Boolean).join(" and ");
    return failed(
      `no ${missing} is configured`,
      "Set task.project and task.domain in the config file, or give --project and --domain.",
    );
  }
  try {
    const { domains } = await projects.get(project);
    const names = domains.map(({ id }) => id);
    if (names.length > 0 && !names.includes(domain)) {
      return failed(
        `the project ${project} has no domain ${domain}`,
        `Choose one of ${names.join(", ")} with task.domain or --domain.`,
      );
    }
    return ok(`${domain}/${project}`);
  } catch (thrown) {
    const error = FlyteWebhookError.from(thrown);
    if (error.code === "not_found") return failed(`there is no project ${project}`, await others(projects));
    return warning(
      `it cannot be told whether there is a project ${project}: ${error.message}`,
      "Ask for a role that may read it.",
    );
  }
}

async function others(projects: ControlPlane["projects"]): Promise<string> {
  const names = (await projects.list().catch(() => [])).map(({ id }) => id);
  return names.length === 0
    ? "Set task.project to one that there is."
    : `Set task.project (or --project) to one that there is: ${names.join(", ")}.`;
}
