import { isActive, isDeactivated } from "@flyte-webhook/client/app-status";
import { Apps, type AppTarget } from "@flyte-webhook/client/apps";
import { appAnswer, appName } from "./app-answer.ts";
import type { Route } from "./route.ts";

/** Texts of the Python SDK, so that an app's history reads the same. */
const REASON = {
  active: "User requested to activate app from flyte-sdk",
  deactivated: "User requested to deactivate app from flyte-sdk",
} as const;

/** Starts or stops an app that is not so already; with `wait` the answer is the state after the wait. */
const switchApp =
  (target: AppTarget): Route<"activate_app"> & Route<"deactivate_app"> =>
  async (webhook, { call, caller, parameters }) => {
    const { connection, limits } = webhook;
    const apps = new Apps(connection);
    const name = appName(parameters);
    const app = await apps.get(name, call());
    if (target === "active" ? isActive(app) : isDeactivated(app)) return appAnswer(webhook, app);
    const changed = await apps.setDesiredState(app, target, REASON[target], call());
    if (parameters.wait !== true) return appAnswer(webhook, changed);
    return appAnswer(webhook, await apps.waitFor(name, target, { caller, timeoutMs: limits.waitMs, before: app }));
  };

export const activateApp = switchApp("active");
export const deactivateApp = switchApp("deactivated");
