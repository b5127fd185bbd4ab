export type { AppUrls } from "./apps/app-urls.ts";
export { type Exported, type ExportOptions, exportState } from "./archive/export-state.ts";
export { type Imported, type ImportOptions, importState } from "./archive/import-state.ts";
export { DEFAULT_PORT, type Devbox, type DevboxOptions, startDevbox } from "./devbox.ts";
export type { AppFault, CrashOptions } from "./faults/app-fault.ts";
export { type CreateDevboxOptions, createDevbox, type TestDevbox } from "./faults/create-devbox.ts";
export type { Fault, Times } from "./faults/fault.ts";
export type { Faults } from "./faults/faults.ts";
export type { RecordedCall, RecordedCalls } from "./faults/recorded-calls.ts";
export type { RpcFault } from "./faults/rpc-fault.ts";
export type { RequestOf, RpcName, RpcPattern } from "./faults/rpc-names.ts";
export type { TaskFailureOptions, TaskFault } from "./faults/task-fault.ts";
export type { ImageBuilderChoice } from "./images/image-builder.ts";
export type { ApiKeyInfo, ApiKeyRequest, ApiKeyService, NewApiKey } from "./login/api-key-service.ts";
export type { RetentionOptions } from "./retention/retention.ts";
export type { AuthMode } from "./server/authenticate.ts";
export type { Scope } from "./store/api-keys.ts";
export type { TaskLimits } from "./tasks/task-limits.ts";
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
