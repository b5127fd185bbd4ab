import { readFileSync } from "node:fs";
import type { AppSupervisor } from "../apps/supervisor.ts";
import { answerText, type PlainRoute } from "../server/http-server.ts";
import type { AppStore } from "../store/apps.ts";
import type { Database } from "../store/database.ts";
import { consoleState } from "./console-state.ts";
import { StateStream } from "./state-stream.ts";

/** The page at the devbox's root: its runs and apps, live by server-sent events from `/console/events`. */
export function consolePage(db: Database, apps: AppStore, supervisor: AppSupervisor): PlainRoute {
  const { events, closing } = supervisor.context;
  const stream = new StateStream(consoleState(db, apps, supervisor), events, closing);
  return {
    // What accepts nothing in particular is no browser, and gets what a control plane has at its root: nothing.
    handles: ({ method, url = "", headers: { accept } }) =>
      method === "GET" &&
      ((url === "/" && accept !== undefined) || url.startsWith("/console/") || CONSOLE_LINK.test(url)),
    handle({ url = "" }, response) {
      if (url === "/console/events") return stream.open(response);
      const [, name] = CONSOLE_LINK.exec(url) ?? [];
      if (name !== undefined) return void response.writeHead(302, { location: `/#${name}` }).end();
      const asset = ASSETS[url];
      if (!asset) return answerText(response, 404, "not found");
      response.writeHead(200, { ...HEADERS, "content-type": asset.type }).end(read(asset.file));
    },
  };
}

/** The addresses that clients give for a run, an app or a task; here all of them stand on one page. */
const CONSOLE_LINK = /^\/v2\/domain\/[^/?]+\/project\/[^/?]+\/(?:runs|apps|tasks)\/([^/?]+)/;

/** Nothing but the page's own files, no code or style within it, and no text that becomes HTML. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // The next devbox on this port may be of another version.
  "cache-control": "no-cache",
};

const ASSETS: Readonly<Record<string, { file: string; type: string }>> = {
  "/": { file: "page.html", type: "text/html; charset=utf-8" },
  "/console/page.js": { file: "page.js", type: "text/javascript; charset=utf-8" },
  "/console/live-table.js": { file: "live-table.js", type: "text/javascript; charset=utf-8" },
  "/console/page.css": { file: "page.css", type: "text/css; charset=utf-8" },
  "/console/icon.svg": { file: "icon.svg", type: "image/svg+xml" },
};

/** The files stand in `console/` of the package, beside `src` and `dist`. */
function read(file: string): Buffer {
  return readFileSync(new URL(`../../console/${file}`, import.meta.url));
}
