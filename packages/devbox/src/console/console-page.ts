import type { IncomingMessage, ServerResponse } from "node:http";
import type { AppSupervisor } from "../apps/supervisor.ts";
import { answerText, type PlainRoute } from "../server/http-server.ts";
import type { AppStore } from "../store/apps.ts";
import type { Database } from "../store/database.ts";
import { liveViews } from "./live-views.ts";
import { type PageFile, pageFiles } from "./page-files.ts";
import { StateStream } from "./state-stream.ts";

/**
 * The page for people: at the root, and at the addresses that clients give for runs, apps and tasks, which it reads
 * itself. Its files are below `/console/`; what it shows is live by server-sent events from `/console/events`; all that
 * it does are RPCs.
 */
export function consolePage(db: Database, apps: AppStore, supervisor: AppSupervisor, files = pageFiles()): PlainRoute {
  const { events, closing } = supervisor.context;
  const viewOf = liveViews(db, apps, supervisor);
  const streams = new Map<string, StateStream>();

  const stream = (params: URLSearchParams, response: ServerResponse) => {
    const view = viewOf(params);
    if (!view) return answerText(response, 404, "there is no such view");
    const { key, read, polled } = view;
    const known =
      streams.get(key) ?? new StateStream(read, events, closing, { polled, onIdle: () => streams.delete(key) });
    streams.set(key, known);
    known.open(response);
  };

  return {
    // What accepts nothing in particular is no browser, and gets what a control plane has at its root: nothing.
    handles: ({ method, url = "", headers: { accept } }) =>
      (method === "GET" || method === "HEAD") &&
      ((url === "/" && accept !== undefined) || url.startsWith("/console/") || PAGE.test(url)),
    handle(request, response) {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
      if (pathname === "/console/events") {
        if (isOfAnotherSite(request)) return answerText(response, 403, "requests from other sites are refused");
        return stream(searchParams, response);
      }
      const found = files();
      if (!found) return answerText(response, 503, NOT_BUILT);
      const name = pathname.startsWith("/console/") ? pathname.slice("/console/".length) : "index.html";
      const file = found.get(name);
      if (!file) return answerText(response, 404, "not found");
      answerFile(request, response, file, /-[\w-]{8}\.\w+$/.test(name));
    },
  };
}

/** `/v2/domain/D/project/P/runs/R` and the like; also `/v2/runs/project/P/domain/D/R`, as older clients write it. */
const PAGE = /^\/v2\/(?:domain\/[^/?]+\/project\/[^/?]+|[a-z]+\/project\/[^/?]+\/domain\/[^/?]+)(?:[/?]|$)/;

const NOT_BUILT = `The console's page is not built. In the repository of flyte-webhook:
  npx turbo run build --filter=@flyte-webhook/devbox`;

/** Browsers say where a request comes from. Nothing of it could be read there, but a stream that is open costs. */
function isOfAnotherSite({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  return site !== undefined && site !== "same-origin" && site !== "none";
}

function answerFile(request: IncomingMessage, response: ServerResponse, file: PageFile, hashed: boolean): void {
  const headers = {
    ...HEADERS,
    "content-type": file.type,
    etag: file.etag,
    vary: "accept-encoding",
    // The next devbox on this port may be of another version: what has no hash in its name is asked for again.
    "cache-control": hashed ? "public, max-age=31536000, immutable" : "no-cache",
  };
  if (request.headers["if-none-match"] === file.etag) return void response.writeHead(304, headers).end();
  const zipped = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  const body = zipped ? file.gzipped : file.bytes;
  response.writeHead(200, {
    ...headers,
    ...(zipped && { "content-encoding": "gzip" }),
    "content-length": body.length,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

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
};
