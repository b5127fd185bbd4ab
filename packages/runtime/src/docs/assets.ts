import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { WebhookSpec } from "@flyte-webhook/core";
import type { Context } from "hono";
import { header } from "../request/auth.ts";
import { swaggerUiScript, swaggerUiStyle } from "./swagger-ui.ts";

type Asset = (c: Context, spec: WebhookSpec) => Response;

/** No inline script, nothing from elsewhere; Swagger UI sets style attributes and uses data: images. */
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

const page = (title: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/assets/init.js"></script>
</body>
</html>
`;

const INIT = `SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

/** A file that is served compressed; its tag is the hash of its bytes. */
function compressed(bytes: Uint8Array, type: string): Asset {
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  return (c) => {
    const headers = { "content-type": type, etag, "cache-control": "public, max-age=3600", vary: "accept-encoding" };
    if (header(c, "if-none-match") === etag) return c.body(null, 304, headers);
    const gzip = /\bgzip\b/.test(header(c, "accept-encoding") ?? "");
    return gzip
      ? c.body(Uint8Array.from(bytes), 200, { ...headers, "content-encoding": "gzip" })
      : c.body(Uint8Array.from(gunzipSync(bytes)), 200, headers);
  };
}

export const ASSETS: Readonly<Record<string, Asset>> = {
  "docs.html": (c, spec) =>
    c.body(page(spec.title), 200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
    }),
  "init.js": (c) => c.body(INIT, 200, { "content-type": "text/javascript; charset=utf-8" }),
  "swagger-ui-bundle.js": compressed(swaggerUiScript, "text/javascript; charset=utf-8"),
  "swagger-ui.css": compressed(swaggerUiStyle, "text/css; charset=utf-8"),
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
