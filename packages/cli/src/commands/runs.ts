import { argument, type CommandGroup, defineCommand, flag, integer, text } from "../command.ts";
import { fields, table } from "../output.ts";
import { describeDuration, isoTime } from "../times.ts";

const NAME = argument("<name>", "name of the run");

const list = defineCommand({
  name: "list",
  summary: "list the runs of a project, the newest first",
  plane: true,
  json: "print a JSON list",
  options: { limit: integer("--limit <n>", "how many at most", { fallback: 20, min: 1, max: 1000 }) },
  async run({ limit }, context) {
    const { phaseName } = await import("@flyte-webhook/client");
    const plane = await context.plane();
    const rows = (await plane.runs.list(limit)).map(({ action }) => ({
      name: action?.id?.run?.name ?? "",
      task: action?.metadata?.funtionName ?? "",
      phase: phaseName(action?.status?.phase ?? 0),
      startedAt: isoTime(action?.status?.startTime),
    }));
    context.print(rows, () =>
      table(
        rows.map(({ name, phase, task }) => [name.padEnd(21), phase.padEnd(11), task]),
        context.tableOf("NAME", "PHASE", "TASK"),
      ),
    );
  },
});

const get = defineCommand({
  name: "get",
  summary: "show a run",
  plane: true,
  json: "print it as JSON",
  arguments: { name: NAME },
  async run({ name }, context) {
    const { phaseOf, runUrl } = await import("@flyte-webhook/client");
    const { connection, runs } = await context.plane();
    const details = await runs.get(name);
    const { id, metadata, status, result } = details.action ?? {};
    const task = metadata?.spec.case === "task" ? metadata.spec.value.id : undefined;
    const place = { project: id?.run?.project ?? "", domain: id?.run?.domain ?? "", name };
    const data = {
      ...place,
      task: task?.name || (metadata?.funtionName ?? ""),
      version: task?.version ?? "",
      phase: phaseOf(details),
      startedAt: isoTime(status?.startTime),
      endedAt: isoTime(status?.endTime),
      durationMs: status?.durationMs === undefined ? null : Number(status.durationMs),
      attempts: status?.attempts ?? 0,
      error: result?.case === "errorInfo" ? result.value.message : null,
      abortReason: result?.case === "abortInfo" ? result.value.reason : null,
      url: runUrl(connection.consoleUrl, place),
    };
    context.print(data, () =>
      fields(
        [
          ["name", `${data.domain}/${data.project}/${name}`],
          ["task", [data.task, data.version].filter(Boolean).join(" ")],
          ["phase", data.phase],
          ["started", data.startedAt ?? ""],
          ["took", data.endedAt && data.durationMs !== null ? describeDuration(data.durationMs) : ""],
          ["attempts", String(data.attempts)],
          ["error", data.error ?? ""],
          ["aborted", data.abortReason ?? ""],
          ["console", data.url],
        ],
        context.paint,
      ),
    );
  },
});

const io = defineCommand({
  name: "io",
  summary: "print a run's inputs and outputs",
  details: "Nothing is executed to show them; outputs are null until the run has succeeded. Integers are exact.",
  plane: true,
  json: "print them on one line",
  arguments: { name: NAME },
  async run({ name }, { json, plane, print }) {
    const [{ hasOutputs, phaseOf }, { literalsToJson, stringifyJson }] = await Promise.all([
      import("@flyte-webhook/client"),
      import("@flyte-webhook/literals"),
    ]);
    const { runs } = await plane();
    const [details, data] = await Promise.all([runs.get(name), runs.io(name)]);
    const spec = details.action?.spec;
    const types = spec?.case === "task" ? spec.value.taskTemplate?.interface : spec?.value?.interface;
    const inputs = stringifyJson(literalsToJson(data.inputs, types?.inputs?.variables));
    const outputs = hasOutputs(phaseOf(details))
      ? stringifyJson(literalsToJson(data.outputs, types?.outputs?.variables))
      : "null";
    // Made by hand on both ways: JavaScript's own JSON would round integers.
    if (json) process.stdout.write(`{"name":${JSON.stringify(name)},"inputs":${inputs},"outputs":${outputs}}\n`);
    else print(undefined, () => `inputs   ${inputs}\noutputs  ${outputs}`);
  },
});

const logs = defineCommand({
  name: "logs",
  summary: "print what a run has written",
  details: "The lines so far, and new ones as they come until the attempt ends.",
  plane: true,
  json: "print one JSON object for each line",
  arguments: { name: NAME },
  options: {
    attempt: integer("--attempt <n>", "which attempt, from 1; the last one when absent", {
      fallback: undefined,
      min: 1,
    }),
  },
  async run({ name, attempt }, context) {
    const { runs } = await context.plane();
    for await (const message of runs.logs(name, attempt)) context.print({ message }, () => message);
  },
});

const abort = defineCommand({
  name: "abort",
  summary: "ask for the end of a run",
  plane: true,
  json: "print the run's name and phase as JSON",
  arguments: { name: NAME },
  options: {
    reason: text("--reason <text>", "why; it is kept with the run"),
    wait: flag("--wait", "return only when the run has ended"),
  },
  async run({ name, reason = "Aborted with flyte-webhook", wait }, context) {
    const { isTerminal, phaseOf } = await import("@flyte-webhook/client");
    const { runs } = await context.plane();
    const before = phaseOf(await runs.get(name));
    // A real plane would take a run that has ended for one that was aborted.
    if (!isTerminal(before)) await runs.abort(name, reason);
    const signal = context.interruptible(
      () => `the abort was asked for. See how it stands with: flyte-webhook runs get ${name}`,
    );
    let phase = phaseOf(await runs.get(name));
    if (wait) for await (const details of runs.watch(name, { signal })) phase = phaseOf(details);
    context.print({ name, phase, changed: !isTerminal(before) }, () =>
      isTerminal(before) ? `${name} had ended already: ${before}` : `${name}  ${phase}`,
    );
  },
});

export const runs: CommandGroup = {
  name: "runs",
  summary: "see and abort runs",
  commands: [list, get, io, logs, abort],
};
