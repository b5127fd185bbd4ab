// Baseline: Hono with one route and nothing else.
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const app = new Hono().get("/health", (c) => c.json({ status: "healthy" }));
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" });
process.on("SIGTERM", () => process.exit(0));
