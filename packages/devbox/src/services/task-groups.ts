import type { MessageInitShape } from "@bufbuild/protobuf";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import type { TaskGroupSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import type { ActionSummary } from "../store/actions.ts";
import { timestampOf } from "../store/time.ts";

/** Newest runs of a group that are shown with their phase. */
const RECENT = 10;

/** Runs by task, the task with the newest run first; the runs are given newest first. */
export function taskGroupsOf(runs: readonly ActionSummary[]): MessageInitShape<typeof TaskGroupSchema>[] {
  return [...grouped(runs, ({ task_name }) => task_name)].map(([taskName, group]) => {
    const ended = group.filter(({ ended_at }) => ended_at !== null);
    const failed = ended.filter(({ phase }) => phase === ActionPhase.FAILED || phase === ActionPhase.TIMED_OUT);
    const micros = ended.reduce((sum, run) => sum + ((run.ended_at ?? 0) - run.created_at), 0) / (ended.length || 1);
    return {
      taskName,
      totalRuns: BigInt(group.length),
      latestRunTime: timestampOf(group[0]?.created_at ?? 0),
      recentStatuses: group.slice(0, RECENT).map(({ run, phase }) => ({ runName: run, phase })),
      averageFailureRate: ended.length > 0 ? failed.length / ended.length : 0,
      ...(ended.length > 0 && {
        averageDuration: { seconds: BigInt(Math.floor(micros / 1e6)), nanos: Math.floor(micros % 1e6) * 1000 },
      }),
      phaseCounts: [...grouped(group, ({ phase }) => phase)].map(([phase, counted]) => ({
        phase,
        count: BigInt(counted.length),
      })),
    };
  });
}

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
