import {
  type ConfigOptions,
  type ControlPlane,
  createControlPlane,
  type LoadConfigOptions,
  loadConfig,
} from "@flyte-webhook/client";

let current: ControlPlane | undefined;

function use(options: LoadConfigOptions): ControlPlane {
  const plane = createControlPlane(loadConfig(options));
  void current?.close();
  current = plane;
  return plane;
}

/**
 * Says which control plane `deploy`, `serve` and `getApp` talk to when they are given none: from the options, then the
 * environment (`FLYTE_ADMIN_ENDPOINT`, `FLYTE_API_KEY`, `FLYTE_TASK_PROJECT`, …), never a file. The last call counts.
 * Throws `invalid_config` without an endpoint.
 */
export function init(options: ConfigOptions = {}): ControlPlane {
  return use({ ...options, config: false });
}

/**
 * As {@link init}, with a Flyte config file below options and environment: the given one, else the first of
 * `./config.yaml`, `./.flyte/config.yaml`, that of the git repository, `$UCTL_CONFIG`, `$FLYTECTL_CONFIG`,
 * `~/.union/config.yaml` and `~/.flyte/config.yaml`. Throws `invalid_config` when nothing names a control plane.
 */
export function initFromConfig(config?: string, options: ConfigOptions = {}): ControlPlane {
  return use({ ...options, config });
}

/** The control plane in use; without an earlier `init`, the one that the environment or a config file names. */
export function currentControlPlane(): ControlPlane {
  return current ?? initFromConfig();
}
