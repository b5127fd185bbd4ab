import type { Route } from "./route.ts";

const BODY = { status: "healthy" } as const;

/** Whether the process is up; says nothing of the control plane. */
export const health: Route<"health"> = async () => ({ body: BODY });

/** The answer's bytes, for a server that gives them without the rest of the webhook. */
export const HEALTHY = Buffer.from(JSON.stringify(BODY));
