import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { userInfo } from "node:os";
import { answerText, type PlainRoute } from "../server/http-server.ts";
import { digestOf } from "../store/api-keys.ts";
import { formBody } from "./form-body.ts";
import { answerPage, escaped } from "./page.ts";

const COOKIE = "devbox_login";
const LOGIN_MS = 12 * 3_600_000;
/** Browsers that are logged in at the same time. */
const MAX_LOGINS = 100;

/** Logins of browsers to the console of a devbox that asks for one. They end with the devbox. */
export class BrowserLogins {
  readonly #until = new Map<string, number>();

  /** Whether a request's cookies are those of a browser that is logged in. */
  has(cookies: string | null | undefined): boolean {
    const value = new RegExp(`(?:^|; *)${COOKIE}=([\\w-]{43})(?:;|$)`).exec(cookies ?? "")?.[1];
    return value !== undefined && (this.#until.get(digestOf(value).toString("hex")) ?? 0) > Date.now();
  }

  /** `GET` and `POST /login`. */
  get route(): PlainRoute {
    return {
      handles: ({ url = "" }) => url === "/login" || url.startsWith("/login?"),
      handle: (request, response) => this.#login(request, response),
    };
  }

  /** The routes as they are for who is logged in; a browser that is not is asked to, and the rest is refused. */
  guarded(route: PlainRoute): PlainRoute {
    return {
      handles: (request) => route.handles(request),
      handle: (request, response) => {
        if (this.has(request.headers.cookie)) return route.handle(request, response);
        if (!request.headers.accept?.includes("text/html")) return answerText(response, 401, "log in first, at /login");
        response.writeHead(303, { location: `/login?next=${encodeURIComponent(request.url ?? "/")}` });
        response.end();
      },
    };
  }

  async #login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "GET" || request.method === "HEAD") {
      const next = new URL(request.url ?? "", "http://localhost").searchParams.get("next") ?? "/";
      const body = `<p>Log in as <b>${escaped(userInfo().username)}</b>.</p>
<form method="post" action="/login"><input type="hidden" name="next" value="${escaped(next)}"><button autofocus>Log in</button></form>`;
      return answerPage(response, 200, "Log in", body);
    }
    // A form of another site comes from another origin, which is refused before; one that names none is no browser's.
    if (request.method !== "POST" || request.headers.origin === undefined)
      return answerText(response, 405, "log in with a browser");
    const next = (await formBody(request)).get("next") ?? "/";
    const value = randomBytes(32).toString("base64url");
    this.#until.set(digestOf(value).toString("hex"), Date.now() + LOGIN_MS);
    for (const [key, until] of this.#until) {
      if (until > Date.now() && this.#until.size <= MAX_LOGINS) break;
      this.#until.delete(key);
    }
    response.writeHead(303, {
      "set-cookie": `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${LOGIN_MS / 1000}`,
      location: /^\/(?![/\\])/.test(next) ? next : "/",
    });
    response.end();
  }
}
