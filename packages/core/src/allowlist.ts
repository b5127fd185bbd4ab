/**
 * What an allow-list entry matches. `undefined` allows everything, an empty list nothing.
 * Case-sensitive, no wildcards, as in the Python webhook.
 */

/** `domain/project/name` exactly, `project/name` in any domain, or `name` anywhere. */
export function allowsTask(
  list: readonly string[] | undefined,
  task: { domain: string; project: string; name: string },
): boolean {
  if (list === undefined) return true;
  const { domain, project, name } = task;
  return list.includes(name) || list.includes(`${project}/${name}`) || list.includes(`${domain}/${project}/${name}`);
}

/** An app's `name`. */
export function allowsApp(list: readonly string[] | undefined, app: { name: string }): boolean {
  return list === undefined || list.includes(app.name);
}

/** `task_name/trigger_name` exactly, or `trigger_name` of any task. */
export function allowsTrigger(
  list: readonly string[] | undefined,
  trigger: { taskName: string; name: string },
): boolean {
  return list === undefined || list.includes(trigger.name) || list.includes(`${trigger.taskName}/${trigger.name}`);
}
