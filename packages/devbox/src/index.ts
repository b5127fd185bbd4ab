export { DEFAULT_PORT, type Devbox, type DevboxOptions, startDevbox } from "./devbox.ts";
export type { MissedFirings } from "./triggers/scheduler.ts";
export {
  defineTask,
  type Signature,
  type TaskOptions,
  type TypescriptTask,
  type ValuesOf,
} from "./typescript-tasks/define-task.ts";
export { type RegisteredTask, type RegisterOptions, registerTasks } from "./typescript-tasks/register-tasks.ts";
export type { TypeName, ValueTypes } from "./typescript-tasks/value-types.ts";
