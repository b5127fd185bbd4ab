import { kind, noList, type Read, shown } from "../declaration/option.ts";

/** A list of names with at most `segments` parts between slashes. An empty list is one that allows nothing. */
function readAllowlist(forms: string, segments: number): Read<readonly string[]> {
  return (value, loc, problems) => {
    if (!Array.isArray(value)) return problems.add(loc, noList("texts", value));
    return Array.from(value, (entry: unknown, index) => {
      const at = [...loc, index];
      if (typeof entry !== "string") return problems.add(at, `should be a text, not ${kind(entry)}`) as never;
      const parts = entry.split("/");
      if (parts.length <= segments && parts.every((part) => part.trim() !== "")) return entry;
      return problems.add(at, `${shown(entry)} can never match; write ${forms}`) as never;
    });
  };
}

export const readTaskAllowlist = readAllowlist("domain/project/name, project/name or name", 3);
export const readAppAllowlist = readAllowlist("domain/project/name, project/name or name", 3);
export const readTriggerAllowlist = readAllowlist("task_name/trigger_name or trigger_name", 2);
