// For users.

// For the packages beside this one.
export * from "./app-status.ts";
export { type App, type AppName, Apps, type AppTarget, DEFAULT_WAIT_MS, type WaitOptions } from "./apps.ts";
export * from "./auth/index.ts";
export type { Caller, CallOptions } from "./caller.ts";
export type { CatalogueName, CatalogueTrigger } from "./catalogue.ts";
export { type ConfigFile, findConfigFile, readConfigFile } from "./config/config-file.ts";
export {
  type ConfigOptions,
  connectionOptions,
  type LoadConfigOptions,
  type LoadedConfig,
  loadConfig,
  readConfig,
} from "./config/load-config.ts";
export { type InClusterOptions, readInClusterConfig } from "./config/load-in-cluster.ts";
export { fromConnect } from "./connect-error.ts";
export {
  type Connection,
  type ConnectionOptions,
  createConnection,
  type ImageBuilder,
  type Scope,
} from "./connection.ts";
export { appUrl, consoleBase, runUrl } from "./console-url.ts";
export { type ControlPlane, createControlPlane } from "./control-plane.ts";
export { type Endpoint, guessOrg, parseEndpoint } from "./endpoint.ts";
export { Images } from "./images.ts";
export { hasOutputs, isTerminal, type PhaseName, phaseName } from "./phase.ts";
export { type CreateRun, phaseOf, ROOT_ACTION, type Run, type RunData, type RunDetails, Runs } from "./runs.ts";
export { type Task, type TaskDetails, type TaskName, Tasks } from "./tasks.ts";
export { type Trigger, type TriggerDetails, type TriggerName, Triggers } from "./triggers.ts";
export { type UserInfo, Users } from "./users.ts";
