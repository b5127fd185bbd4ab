import type { Scope } from "../src/console/live-state.ts";
import { call } from "./rpc.ts";

const APP = "flyteidl2.app.AppService";

interface App {
  readonly metadata?: object;
  readonly spec?: object;
}

/** Starts or stops an app. Starting sends its spec again, with nothing else changed. */
export async function switchApp({ project, domain }: Scope, name: string, active: boolean): Promise<void> {
  const appId = { project, domain, name };
  if (!active) {
    await call(`${APP}/Update`, { app: { metadata: { id: appId }, spec: { desiredState: "DESIRED_STATE_STOPPED" } } });
    return;
  }
  const { app } = await call<{ app?: App }>(`${APP}/Get`, { appId });
  await call(`${APP}/Update`, {
    app: { metadata: app?.metadata, spec: { ...app?.spec, desiredState: "DESIRED_STATE_ACTIVE" } },
  });
}
