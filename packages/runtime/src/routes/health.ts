import type { Route } from "./route.ts";

const BODY = { status: "healthy" } as const;

/** Whether the process is up; says nothing of the control plane. */
export const health: Route<"health"> = async () => ({ body: BODY });

/** The answer's text, for a server that gives it without the rest of the webhook. */
export const HEALTHY = JSON.stringify(BODY);
