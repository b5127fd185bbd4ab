import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { WebhookSpec } from "@flyte-webhook/core";
import type { Context } from "hono";
import { redocScript } from "./redoc.ts";
import { swaggerUiScript, swaggerUiStyle } from "./swagger-ui.ts";

type Asset = (c: Context, spec: WebhookSpec) => Response;

/** No inline script, nothing from elsewhere; both pages set styles of their own and use data: images. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const page = (
  title: string,
  { styles, body, scripts }: { styles: string[]; body: string; scripts: string[] },
): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
${styles.map((name) => `<link rel="stylesheet" href="docs/assets/${name}">\n`).join("")}</head>
<body>
<div id="${body}"></div>
${scripts.map((name) => `<script src="docs/assets/${name}"></script>\n`).join("")}</body>
</html>
`;

const SWAGGER_UI = `SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const REDOC = `Redoc.init("openapi.json", { hideLoading: true }, document.getElementById("redoc"));
`;

/** A file that is served compressed; its tag is the hash of its bytes. */
function compressed(bytes: Uint8Array, type: string): Asset {
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  return (c) => {
    const headers = { "content-type": type, etag, "cache-control": "public, max-age=3600", vary: "accept-encoding" };
    if (c.req.header("if-none-match") === etag) return c.body(null, 304, headers);
    const gzip = /\bgzip\b/.test(c.req.header("accept-encoding") ?? "");
    return gzip
      ? c.body(Uint8Array.from(bytes), 200, { ...headers, "content-encoding": "gzip" })
      : c.body(Uint8Array.from(gunzipSync(bytes)), 200, headers);
  };
}

const html = (c: Context, text: string, policy: string): Response =>
  c.body(text, 200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
    "x-content-type-options": "nosniff",
  });

const script =
  (text: string): Asset =>
  (c) =>
    c.body(text, 200, { "content-type": "text/javascript; charset=utf-8" });

export const ASSETS: Readonly<Record<string, Asset>> = {
  "docs.html": (c, { title }) => {
    const scripts = ["swagger-ui-bundle.js", "swagger-ui-init.js"];
    return html(c, page(title, { styles: ["swagger-ui.css"], body: "swagger-ui", scripts }), CONTENT_SECURITY_POLICY);
  },
  "redoc.html": (c, { title }) => {
    const scripts = ["redoc.standalone.js", "redoc-init.js"];
    // Its search runs in a worker that it makes from its own text.
    const policy = `${CONTENT_SECURITY_POLICY}; worker-src blob:`;
    return html(c, page(title, { styles: [], body: "redoc", scripts }), policy);
  },
  "swagger-ui-init.js": script(SWAGGER_UI),
  "redoc-init.js": script(REDOC),
  "swagger-ui-bundle.js": compressed(swaggerUiScript, "text/javascript; charset=utf-8"),
  "swagger-ui.css": compressed(swaggerUiStyle, "text/css; charset=utf-8"),
  "redoc.standalone.js": compressed(redocScript, "text/javascript; charset=utf-8"),
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
