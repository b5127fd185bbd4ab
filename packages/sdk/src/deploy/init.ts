import {
  type ConfigOptions,
  type ControlPlane,
  connectionOptions,
  createControlPlane,
  type InClusterOptions,
  type LoadedConfig,
  readConfig,
  readInClusterConfig,
} from "@flyte-webhook/client";
import { FlyteWebhookError } from "@flyte-webhook/core";

let current: ControlPlane | undefined;

/**
 * A client of a control plane, from the options and the environment, with a config file below them only when one is
 * given. Any number can live side by side; `deploy`, `serve`, `plan` and `getApp` take one as `controlPlane`.
 * Throws `invalid_config` without an endpoint. Close it when it is no longer needed.
 */
export function connect(options: ConfigOptions & { readonly config?: string } = {}): ControlPlane {
  return open(readConfig({ ...options, config: options.config ?? false }));
}

/**
 * Says which control plane `deploy`, `serve`, `plan` and `getApp` talk to when they are given none: from the options, then
 * the environment (`FLYTE_ADMIN_ENDPOINT`, `FLYTE_API_KEY`, `FLYTE_TASK_PROJECT`, …), never a file. The last call counts.
 * Throws `invalid_config` without an endpoint.
 */
export function init(options: ConfigOptions = {}): ControlPlane {
  return use(readConfig({ ...options, config: false }));
}

/**
 * As {@link init}, with a Flyte config file below options and environment: the given one, else the first of
 * `./config.yaml`, `./.flyte/config.yaml`, that of the git repository, `$UCTL_CONFIG`, `$FLYTECTL_CONFIG`,
 * `~/.union/config.yaml` and `~/.flyte/config.yaml`. Throws `invalid_config` when nothing names a control plane.
 */
export function initFromConfig(config?: string, options: ConfigOptions = {}): ControlPlane {
  return use(readConfig({ ...options, config }));
}

/**
 * As {@link init}, with an API key (default: `FLYTE_API_KEY`), which also says where its control plane and organisation
 * are. Throws `invalid_config` without a key.
 */
export function initFromApiKey(apiKey = process.env.FLYTE_API_KEY, options: ConfigOptions = {}): ControlPlane {
  if (apiKey) return use(readConfig({ ...options, apiKey, config: false }));
  throw new FlyteWebhookError("invalid_config", "there is no API key", {
    hint: "Give one to initFromApiKey, or set FLYTE_API_KEY.",
  });
}

/**
 * As {@link init}, for a program that runs in a Flyte cluster: address, credentials, project and domain are those that
 * the platform put into the environment. Throws `invalid_config` outside of one.
 */
export function initInCluster(options: InClusterOptions = {}): ControlPlane {
  return use(readInClusterConfig(options));
}

/** The control plane in use; without an earlier `init`, the one that the environment or a config file names. */
export function currentControlPlane(): ControlPlane {
  return current ?? initFromConfig();
}

function open(config: LoadedConfig): ControlPlane {
  return createControlPlane(connectionOptions(config));
}

function use(config: LoadedConfig): ControlPlane {
  const plane = open(config);
  void current?.close();
  current = plane;
  return plane;
}
