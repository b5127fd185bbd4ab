/**
 * How a webhook behaves in front of any control plane, in terms of HTTP alone. A case gets a webhook with all endpoints
 * and the means to start one of another spec; it throws what it finds wrong.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { WebhookSpec } from "@flyte-webhook/core";
import { type Answer, SLEEP_TASK, untilDone, WEBHOOK_NAME, type Webhook } from "./webhook.ts";

export interface Subject {
  readonly webhook: Webhook;
  with(spec: Partial<WebhookSpec>): Promise<Webhook>;
}

export type Case = (subject: Subject) => Promise<void>;

const taskPath = ({ options }: Webhook, name = SLEEP_TASK) => `${options.domain}/${options.project}/${name}`;

function expectStatus(answer: Answer, status: number): void {
  equal(answer.status, status, `${answer.status} ${JSON.stringify(answer.body)}, expected ${status}`);
}

function expectError(answer: Answer, status: number, code: string): void {
  expectStatus(answer, status);
  equal(answer.body.code, code);
  ok(answer.body.request_id, "the body names the request");
  equal(answer.body.request_id, answer.headers.get("x-request-id"));
}

async function start(webhook: Webhook, seconds: number): Promise<string> {
  const answer = await webhook.call(`POST /run-task/${taskPath(webhook)}`, { duration: seconds });
  expectStatus(answer, 200);
  return answer.body.name;
}

export const CASES: Readonly<Record<string, Case>> = {
  "health needs no credentials": async ({ webhook }) => {
    const answer = await webhook.anonymous("GET /health");
    expectStatus(answer, 200);
    deepEqual(answer.body, { status: "healthy" });
  },

  "all else needs credentials, before anything else is looked at": async ({ webhook }) => {
    for (const request of ["GET /me", "GET /run/r1", `POST /run-task/${taskPath(webhook)}`, "GET /no-such-path"]) {
      const answer = await webhook.anonymous(request);
      expectError(answer, 401, "unauthenticated");
      equal(answer.headers.get("www-authenticate"), "Bearer");
    }
  },

  "me is who the caller's credentials say": async ({ webhook }) => {
    const answer = await webhook.call("GET /me");
    // A plane without authentication runs tasks for anyone, but knows nobody.
    if (webhook.options.apiKey === undefined && answer.status === 401) return;
    expectStatus(answer, 200);
    ok("subject" in answer.body && "name" in answer.body, JSON.stringify(answer.body));
  },

  "credentials that the plane refuses are 401": async ({ webhook }) => {
    if (webhook.options.apiKey === undefined) return; // A plane without authentication refuses none.
    const answer = await webhook.call("GET /me", undefined, { authorization: "Bearer no-such-key" });
    expectError(answer, 401, "unauthenticated");
  },

  "a path that is not there is 404, a method 405": async ({ webhook }) => {
    expectError(await webhook.call("GET /no-such-path"), 404, "route_not_found");
    const answer = await webhook.call("DELETE /me");
    expectError(answer, 405, "method_not_allowed");
    equal(answer.headers.get("allow"), "GET");
  },

  "a task is told with its interface": async ({ webhook }) => {
    const answer = await webhook.call(`GET /task/${taskPath(webhook)}`);
    expectStatus(answer, 200);
    deepEqual(answer.body.required_args, ["duration"]);
    deepEqual(Object.keys(answer.body.inputs.properties), ["duration"]);
    deepEqual(answer.body.outputs.properties, {});
  },

  "a task that is not there is 404": async ({ webhook }) => {
    expectError(await webhook.call(`GET /task/${taskPath(webhook, "conformance.none")}`), 404, "not_found");
    expectError(await webhook.call(`POST /run-task/${taskPath(webhook, "conformance.none")}`, {}), 404, "not_found");
    expectError(await webhook.call(`GET /task/${taskPath(webhook)}?version=none`), 404, "not_found");
  },

  "a task runs to its end, with its inputs and outputs": async ({ webhook }) => {
    const started = await webhook.call(`POST /run-task/${taskPath(webhook)}`, { duration: 0.5 });
    expectStatus(started, 200);
    const { name } = started.body;
    equal(started.headers.get("location"), `/run/${name}`);
    const run = await untilDone(webhook, name);
    equal(run.phase, "succeeded");
    equal(run.task, taskPath(webhook));
    ok(run.attempts >= 1 && run.duration_ms >= 0 && run.start_time <= run.end_time, JSON.stringify(run));
    const io = await webhook.call(`GET /run/${name}/io`);
    expectStatus(io, 200);
    deepEqual(io.body.inputs, { duration: 0.5 });
    deepEqual(io.body.outputs, {});
  },

  "every problem of the inputs is told at once, and nothing is started": async ({ webhook }) => {
    const answer = await webhook.call(`POST /run-task/${taskPath(webhook)}`, { durations: 1, extra: 2 });
    expectStatus(answer, 422);
    const types = answer.body.detail.map(({ type, loc }: { type: string; loc: string[] }) => `${loc.at(-1)} ${type}`);
    deepEqual(types.sort(), ["duration missing_input", "durations unknown_input", "extra unknown_input"]);
    const wrong = await webhook.call(`POST /run-task/${taskPath(webhook)}`, { duration: "soon" });
    expectStatus(wrong, 422);
    deepEqual(wrong.body.detail[0].loc, ["body", "duration"]);
  },

  "a body that is no JSON object is 422, one beyond the limit 413": async ({ webhook }) => {
    const request = `POST /run-task/${taskPath(webhook)}`;
    for (const body of ["{", "[]", '"text"', "1"]) expectStatus(await webhook.call(request, body), 422);
    expectStatus(await webhook.call(request, { duration: "x".repeat(2 * 1024 * 1024) }), 413);
  },

  "a run is aborted for a reason, once": async ({ webhook }) => {
    const name = await start(webhook, 120);
    const aborted = await webhook.call(`POST /run/${name}/abort?reason=enough`);
    expectStatus(aborted, 200);
    equal(aborted.body.status, "abort_requested");
    const run = await untilDone(webhook, name);
    equal(run.phase, "aborted");
    equal(run.abort.reason, "enough");
    const again = await webhook.call(`POST /run/${name}/abort`);
    expectStatus(again, 200);
    equal(again.body.already_terminal, true);
    equal((await webhook.call(`GET /run/${name}`)).body.abort.reason, "enough");
    equal((await webhook.call(`GET /run/${name}/io`)).body.outputs, null);
  },

  "a run that is not there is 404": async ({ webhook }) => {
    for (const request of ["GET /run/rnone", "GET /run/rnone/io", "POST /run/rnone/abort"]) {
      expectError(await webhook.call(request), 404, "not_found");
    }
  },

  "an allow-list of tasks holds for tasks and for their runs": async (subject) => {
    const name = await start(subject.webhook, 0);
    const closed = await subject.with({ taskAllowlist: ["other.task"] });
    for (const request of [
      `GET /task/${taskPath(closed)}`,
      `POST /run-task/${taskPath(closed)}`,
      `GET /run/${name}`,
      `GET /run/${name}/io`,
      `POST /run/${name}/abort`,
    ]) {
      expectError(
        await closed.call(request, request.startsWith("POST /run-task") ? {} : undefined),
        403,
        "not_allowed",
      );
    }
    const open = await subject.with({ taskAllowlist: [taskPath(subject.webhook)] });
    expectStatus(await open.call(`GET /run/${name}`), 200);
    expectStatus(await open.call(`GET /task/${taskPath(open)}`), 200);
  },

  "an allow-list of apps is asked before the plane": async (subject) => {
    const closed = await subject.with({ appAllowlist: ["other-app"] });
    expectError(await closed.call("GET /app/no-such-app"), 403, "not_allowed");
    expectError(await closed.call("POST /app/no-such-app/activate"), 403, "not_allowed");
  },

  "an app that is not there is 404": async ({ webhook }) => {
    expectError(await webhook.call("GET /app/no-such-app"), 404, "not_found");
  },

  "a webhook does not switch itself": async ({ webhook }) => {
    for (const verb of ["activate", "deactivate"]) {
      const answer = await webhook.call(`POST /app/${WEBHOOK_NAME}/${verb}`);
      expectError(answer, 400, "self_reference");
    }
  },

  "the OpenAPI document holds the enabled endpoints and no others": async (subject) => {
    const { body } = await subject.webhook.anonymous("GET /openapi.json");
    ok(body.paths["/run/{name}"]?.get && body.paths["/app/{name}"]?.get, Object.keys(body.paths).join(" "));
    const small = await subject.with({ endpoints: ["health", "get_run"] });
    const paths = Object.keys((await small.anonymous("GET /openapi.json")).body.paths);
    deepEqual(paths.sort(), ["/health", "/run/{name}"]);
    expectError(await small.call("GET /app/x"), 404, "route_not_found");
  },
};
