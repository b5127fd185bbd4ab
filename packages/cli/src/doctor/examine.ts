import {
  type ControlPlane,
  connectionOptions,
  createControlPlane,
  type LoadedConfig,
  parseEndpoint,
} from "@flyte-webhook/client";
import type { CommandContext } from "../context.ts";
import { type Check, type Finding, skipped } from "./check.ts";
import { checkAuth } from "./check-auth.ts";
import { checkClock } from "./check-clock.ts";
import { checkConfig } from "./check-config.ts";
import { checkEndpoint } from "./check-endpoint.ts";
import { checkPermissions } from "./check-permissions.ts";
import { checkProject } from "./check-project.ts";
import { checkTls } from "./check-tls.ts";
import { checkVersions } from "./check-versions.ts";

/** Every check in its order, each told as soon as it is done; what rests on a failed one is skipped. */
export async function examine(context: CommandContext, tell: (check: Check) => void): Promise<Check[]> {
  const checks: Check[] = [];
  const add = (name: Check["name"], finding: Finding): boolean => {
    const check: Check = { name, ...finding };
    checks.push(check);
    tell(check);
    return finding.status !== "failed";
  };
  const skip = (because: string, ...names: Check["name"][]) => {
    for (const name of names) add(name, skipped(because));
    return checks;
  };

  add("versions", checkVersions(context.cwd));
  const { config, ...configured } = checkConfig(context);
  if (!add("config", configured) || !config) {
    return skip("there is no configuration", "endpoint", "tls", "clock", "auth", "project", "permissions");
  }
  const target = targetOf(config);
  if (!add("endpoint", await checkEndpoint(target))) {
    return skip("the endpoint cannot be reached", "tls", "clock", "auth", "project", "permissions");
  }
  if (!add("tls", await checkTls(target))) {
    return skip("there is no secure connection", "clock", "auth", "project", "permissions");
  }
  add("clock", await checkClock(target));
  const plane = createControlPlane(connectionOptions(config));
  context.onEnd(() => plane.close());
  return rest(plane, config, add, skip);
}

async function rest(
  plane: ControlPlane,
  config: LoadedConfig,
  add: (name: Check["name"], finding: Finding) => boolean,
  skip: (because: string, ...names: Check["name"][]) => Check[],
): Promise<Check[]> {
  if (!add("auth", await checkAuth(plane, config))) return skip("nobody is logged in", "project", "permissions");
  if (!add("project", await checkProject(plane))) return skip("there is no project to look at", "permissions");
  add("permissions", await checkPermissions(plane));
  return skip("");
}

/** Where the control plane is reached, and by whose authorities. */
export interface Target {
  readonly url: URL;
  readonly ca: string | undefined;
  readonly verifies: boolean;
  /** Whether a proxy stands in between, so that nothing can be said of the connection itself. */
  readonly proxied: boolean;
}

function targetOf(config: LoadedConfig): Target {
  const { origin } = parseEndpoint(config.endpoint, config.insecure);
  return {
    url: new URL(origin),
    ca: config.ca,
    verifies: config.insecureSkipVerify !== true,
    proxied: config.proxyEnv !== undefined,
  };
}
