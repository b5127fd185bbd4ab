/** What holds for every answer, whatever was asked. */
import { CONNECT_CODES, ENDPOINT_IDS, ERROR_STATUS } from "@flyte-webhook/core";
import type { WebhookApp } from "@flyte-webhook/runtime";
import type { FuzzRequest } from "./requests.ts";

/** Milliseconds that an answer may take: far more than any needs, far less than what hangs. */
const SLOW_MS = 10_000;

const TABLE: ReadonlySet<number> = new Set(Object.values(ERROR_STATUS));
const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
const shapes = () => PROTOTYPES.map((one) => Reflect.ownKeys(one).length).join();
const SHAPES = shapes();

/** Sends the request; throws what is wrong with its answer, and the request. Returns the status. */
export async function sendAndCheck(app: WebhookApp, request: FuzzRequest): Promise<number> {
  try {
    return await check(app, request);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${JSON.stringify(request)}`, { cause: error });
  }
}

async function check(app: WebhookApp, request: FuzzRequest): Promise<number> {
  const { id, method, target, headers, body } = request;
  const before = performance.now();
  const sent = new Request(`http://hook.test${target.startsWith("/") ? target : `/${target}`}`, {
    method,
    headers: new Headers(headers.map(([name, value]) => [name, value] as [string, string])),
    ...(body !== undefined && { body }),
  });
  const response = await app.fetch(sent);
  const bytes = Buffer.from(await response.arrayBuffer());
  const ms = performance.now() - before;
  if (ms > SLOW_MS) throw new Error(`took ${Math.round(ms)} ms`);
  if (shapes() !== SHAPES) throw new Error("a prototype has changed");
  const { status } = response;
  if (status >= 500 && !serverErrors(id, headers).has(status)) throw new Error(`is ${status}: ${bytes}`);
  if (status >= 300 && status !== 304 && !TABLE.has(status)) throw new Error(`is ${status}, which is in no table`);
  if (method === "HEAD" || !(ENDPOINT_IDS as readonly string[]).includes(id)) return status;
  checkJson(response, bytes);
  return status;
}

function checkJson(response: Response, bytes: Buffer): void {
  // What is passed on as it comes is the app's.
  if (response.headers.has("content-security-policy")) return;
  if (response.headers.get("content-type") !== "application/json") {
    throw new Error(`is ${response.status} ${response.headers.get("content-type")}: ${bytes}`);
  }
  const value = JSON.parse(bytes.toString()) as { detail?: unknown; code?: unknown; request_id?: unknown };
  if (response.status < 400) return;
  if (!value.detail || !value.code || value.request_id !== response.headers.get("x-request-id")) {
    throw new Error(`is no whole error: ${bytes}`);
  }
}

/** The 5xx that a request may get: those of the error that its token makes the plane answer, and those it asks for itself. */
function serverErrors(id: string, headers: FuzzRequest["headers"]): ReadonlySet<number> {
  const token = headers.find(([name]) => name === "authorization")?.[1].replace("Bearer ", "");
  const code = CONNECT_CODES.find((one) => one === token);
  const statuses = new Set<number>(code === undefined ? [] : [ERROR_STATUS[code]]);
  // Waiting for a state that never comes; an app called with too little time, or whose answer breaks off.
  if (id === "deactivate_app" || id === "activate_app") statuses.add(504);
  if (id === "call_app") for (const status of [502, 504]) statuses.add(status);
  // A builder whose task is not there, or is another task.
  if (id === "build_image") statuses.add(501);
  return statuses;
}
