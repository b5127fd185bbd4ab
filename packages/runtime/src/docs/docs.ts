import type { EndpointDefinition, WebhookSpec } from "@flyte-webhook/core";
import type { Context, Hono } from "hono";

/** Mounts `/openapi.json` and the pages that show it. All are open, nothing is fetched from elsewhere. */
export function mountDocs(app: Hono, spec: WebhookSpec, endpoints: readonly EndpointDefinition[]): void {
  let document: Promise<string> | undefined;
  app.get("/openapi.json", async (c) => {
    // Building it takes tens of milliseconds, so it is made once and only when somebody asks.
    document ??= import("../openapi/document.ts").then((openapi) => openapi.openApiDocument(spec, endpoints));
    return c.body(await document, 200, { "content-type": "application/json" });
  });

  const asset = async (c: Context, name: string) => {
    const { ASSETS } = await import("./assets.ts");
    const found = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    return found ? found(c, spec) : c.notFound();
  };
  app.get("/docs", (c) => asset(c, "docs.html"));
  app.get("/redoc", (c) => asset(c, "redoc.html"));
  app.get("/docs/assets/:name", (c) => asset(c, c.req.param("name")));
}
