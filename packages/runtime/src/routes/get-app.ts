import { Apps } from "@flyte-webhook/client/apps";
import { appAnswer, appName } from "./app-answer.ts";
import type { Route } from "./route.ts";

export const getApp: Route<"get_app"> = async (webhook, { call, parameters }) => {
  const app = await new Apps(webhook.connection).get(appName(parameters), call());
  return appAnswer(webhook, app);
};
