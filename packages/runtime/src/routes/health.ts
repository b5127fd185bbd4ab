import type { Route } from "./route.ts";

/** Whether the process is up; says nothing of the control plane. */
export const health: Route<"health"> = async () => ({ body: { status: "healthy" } });
