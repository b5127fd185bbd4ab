/** What an attempt may take of the machine before the devbox steps in. */
export interface TaskLimits {
  /** Bytes of a log; one that grows beyond loses its older half. Default 16 MiB. */
  readonly logBytes: number;
  /** Bytes on disk of what an attempt writes in its directories; more ends it. Default 10 GiB. */
  readonly directoryBytes: number;
  /** Processes of an attempt at the same time; more end it. Counted on Linux. Default 1000. */
  readonly processes: number;
}

const MIB = 1024 * 1024;

export const TASK_LIMITS: TaskLimits = { logBytes: 16 * MIB, directoryBytes: 10_240 * MIB, processes: 1000 };
