import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Status_DeploymentStatus as DeploymentStatus } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import type { AppSupervisor } from "../apps/supervisor.ts";
import type { PlainRoute } from "../server/http-server.ts";
import type { AppStore } from "../store/apps.ts";
import type { Database } from "../store/database.ts";

/** Runs shown; the newest come first. */
const RUNS = 100;

/** The page at the devbox's root: its runs and apps, live. The page asks for the state every second. */
export function consolePage(db: Database, apps: AppStore, supervisor: AppSupervisor): PlainRoute {
  const runs = db.prepare(
    `SELECT run, project, domain, task_name, phase, created_at, ended_at, abort_reason FROM actions
     WHERE name = 'a0' ORDER BY id DESC LIMIT ${RUNS}`,
  );
  const state = () => ({
    runs: runs.all().map((row) => ({ ...row, phase: (ActionPhase[Number(row.phase)] ?? "unknown").toLowerCase() })),
    apps: apps.list({ project: "", domain: "" }).map(({ id, metadata }) => {
      const app = supervisor.get(id);
      const condition = app?.status.conditions.at(-1);
      return {
        ...id,
        revision: Number(metadata.revision),
        status: (DeploymentStatus[condition?.deploymentStatus ?? 0] ?? "unknown").toLowerCase(),
        message: condition?.message ?? "",
        url: app?.isStopped ? "" : (app?.publicUrl ?? ""),
      };
    }),
  });
  return {
    handles: ({ method, url }) => method === "GET" && (url === "/" || (url?.startsWith("/console/") ?? false)),
    handle({ url }: IncomingMessage, response: ServerResponse) {
      if (url === "/console/state") {
        return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(state()));
      }
      const asset = ASSETS[url ?? ""];
      if (!asset) return void response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
      response.writeHead(200, { "content-type": asset.type, "content-security-policy": POLICY }).end(read(asset.file));
    },
  };
}

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'";

const ASSETS: Readonly<Record<string, { file: string; type: string }>> = {
  "/": { file: "page.html", type: "text/html; charset=utf-8" },
  "/console/page.js": { file: "page.js", type: "text/javascript; charset=utf-8" },
  "/console/page.css": { file: "page.css", type: "text/css; charset=utf-8" },
};

/** The files stand in `console/` of the package, beside `src` and `dist`. */
function read(file: string): Buffer {
  return readFileSync(new URL(`../../console/${file}`, import.meta.url));
}
