import type { IncomingMessage, ServerResponse } from "node:http";
import { ConnectError } from "@connectrpc/connect";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { PlainRoute } from "../server/http-server.ts";
import type { ApiKeyService } from "./api-key-service.ts";
import { bodyText } from "./form-body.ts";
import type { Rpc } from "./scopes.ts";

const PATH = "/api-keys";
const MAX_BODY_BYTES = 16_384;

/**
 * API keys over HTTP, because Flyte's protos have no service for them: `GET /api-keys`, `POST /api-keys` with `{name,
 * scope?, expiresInSeconds?}`, `DELETE /api-keys/NAME`; JSON. Who manages keys needs the scope `all`.
 */
export function apiKeyRoute(service: ApiKeyService, authenticate: (headers: Headers, rpc: Rpc) => unknown): PlainRoute {
  return {
    handles: ({ url = "" }) => url === PATH || url.startsWith(`${PATH}/`),
    handle: async (request, response) => {
      try {
        authenticate(headersOf(request), { service: "devbox.ApiKeys", method: String(request.method) });
        await answer(service, request, response);
      } catch (error) {
        if (error instanceof ConnectError)
          return json(response, error.code === 16 ? 401 : 403, { error: error.rawMessage });
        if (!(error instanceof FlyteWebhookError)) throw error;
        const status = error.code === "not_found" ? 404 : error.code === "already_exists" ? 409 : 400;
        json(response, status, { error: error.message });
      }
    },
  };
}

async function answer(service: ApiKeyService, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = "" } = request;
  if (url === PATH && method === "GET") return json(response, 200, { keys: service.list() });
  if (url === PATH && method === "POST") return json(response, 201, service.create(await requestOf(request)));
  if (url !== PATH && method === "DELETE") {
    service.revoke(decodeURIComponent(url.slice(PATH.length + 1)));
    response.writeHead(204).end();
    return;
  }
  json(response, 405, { error: `${method} is not for ${PATH}` });
}

/** JSON alone: what a form of another page can send is never taken for a request. */
async function requestOf(request: IncomingMessage): Promise<Parameters<ApiKeyService["create"]>[0]> {
  const text = await bodyText(request, MAX_BODY_BYTES);
  try {
    const value: unknown = JSON.parse(
      request.headers["content-type"]?.startsWith("application/json") ? (text ?? "") : "",
    );
    if (typeof value === "object" && value !== null) return value as Parameters<ApiKeyService["create"]>[0];
  } catch {
    // As anything else that is no object.
  }
  throw new FlyteWebhookError("invalid_argument", 'the request is to be JSON, such as {"name": "ci", "scope": "run"}');
}

function headersOf({ headers }: IncomingMessage): Headers {
  const known = new Headers();
  for (const name of ["authorization", "cookie"] as const)
    if (headers[name] !== undefined) known.set(name, headers[name]);
  return known;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(value));
}
