import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";

const STYLE = `:root{color-scheme:light dark;font:1.05rem/1.5 system-ui,sans-serif}
body{margin:0;display:grid;place-items:center;min-height:100vh}
main{max-width:26rem;padding:2rem}
h1{font-size:1.3rem}
form{margin-top:1.5rem;display:flex;gap:.75rem}
button,input{font:inherit;padding:.5rem 1rem}
code{font-size:1.2em;letter-spacing:.05em}`;

/** Nothing but the page's own style; forms go to this server, and from there where `formTargets` say. */
export function pageHeaders(formTargets: readonly string[] = []): Record<string, string> {
  const style = createHash("sha256").update(STYLE).digest("base64");
  return {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": [
      "default-src 'none'",
      // As none; the library adds the digest of its own to it, for a page that sends itself on.
      "script-src",
      `style-src 'sha256-${style}'`,
      `form-action ${["'self'", ...formTargets].join(" ")}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join(";"),
    // Not `no-referrer`: a form's POST would then come from no origin, and be refused.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
  };
}

/** A page of the login; `body` is HTML. */
export function pageHtml(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)} – Flyte devbox</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1>${body}</main></body></html>`;
}

export function answerPage(
  response: ServerResponse,
  status: number,
  title: string,
  body: string,
  formTargets?: readonly string[],
): void {
  response.writeHead(status, pageHeaders(formTargets));
  response.end(pageHtml(title, body));
}

export const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
