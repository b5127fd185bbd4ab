import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { createConnection } from "@flyte-webhook/client";
import { callerKey } from "@flyte-webhook/client/caller";
import type { WebhookSpec } from "@flyte-webhook/core";
import { IdentityService } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { TaskDetailsSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { describe, expect, it } from "vitest";
import { createWebhookApp } from "./webhook-app.ts";

const SPEC: WebhookSpec = {
  version: 1,
  name: "hook",
  title: "Hook",
  description: "d",
  endpoints: ["health", "me", "run_task", "get_task", "get_run", "abort_run", "get_app", "activate_app", "call_app"],
  requiresAuth: true,
  port: 8080,
  org: "",
  project: "p",
  domain: "d",
};

const details = create(TaskDetailsSchema, {
  taskId: { name: "t", version: "v1" },
  spec: {
    taskTemplate: {
      interface: {
        inputs: {
          variables: [
            { key: "x", value: { type: { type: { case: "simple", value: SimpleType.INTEGER } } } },
            { key: "y", value: { type: { type: { case: "simple", value: SimpleType.STRING } } } },
          ],
        },
      },
    },
  },
});

/** A webhook in memory; `seen` holds the authorization that each UserInfo carried, by the request's own id. */
function webhook(spec: Partial<WebhookSpec> = {}) {
  const seen: (string | undefined)[] = [];
  const transport = createRouterTransport(({ service }) => {
    service(IdentityService, {
      async userInfo(_, { requestHeader }) {
        const authorization = requestHeader.get("authorization") ?? undefined;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
        seen.push(authorization);
        if (authorization === "Bearer bad") throw new ConnectError("token expired at 10.0.0.1", Code.Unauthenticated);
        if (authorization === "Bearer down") throw new ConnectError("10.0.0.1 refused", Code.Unavailable);
        return { subject: authorization ?? "", name: "n" };
      },
    });
    service(TaskService, {
      getTaskDetails: ({ taskId }) => {
        if (taskId?.name !== "t") throw new ConnectError("no", Code.NotFound);
        return { details };
      },
    });
  });
  // What the real transport does with the caller of a call.
  const passing: typeof transport = {
    unary: (method, signal, timeout, _header, input, values) => {
      const caller = values?.get(callerKey);
      return transport.unary(
        method,
        signal,
        timeout,
        { ...(caller?.authorization && { authorization: caller.authorization }) },
        input,
        values,
      );
    },
    stream: transport.stream,
  };
  const app = createWebhookApp(
    { ...SPEC, ...spec },
    {
      connection: createConnection({ endpoint: "http://plane", project: "p", domain: "d", transport: passing }),
      limits: { callMs: 3000 },
    },
  );
  const request = (method: string, path: string, init: { body?: string; headers?: Record<string, string> } = {}) =>
    app.request(path, {
      method,
      headers: { authorization: "Bearer t", "content-type": "application/json", ...init.headers },
      ...(init.body !== undefined && { body: init.body }),
    });
  return { app, request, seen };
}

describe("bad input", () => {
  it.each([
    ["POST", "/run-task/d/p/none?version=v1", "{}", 404],
    ["POST", "/run-task/d/p/t?version=v1", "{", 422],
    ["POST", "/run-task/d/p/t?version=v1", "[1]", 422],
    ["POST", "/run-task/d/p/t?version=v1", `{"x":"${"a".repeat(1024 * 1024)}"}`, 413],
    ["GET", "/app/hook", undefined, 400],
    ["POST", "/app/hook/activate?wait=maybe", undefined, 422],
    ["POST", "/run/r/abort", '{"reson":"x"}', 422],
    ["GET", "/nope", undefined, 404],
    ["DELETE", "/me", undefined, 405],
    ["POST", "/app/a/call", undefined, 422],
  ])("%s %s → %j is told in JSON", async (method, path, body, status) => {
    const response = await webhook().request(method, path, body === undefined ? {} : { body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      detail: expect.anything(),
      code: expect.any(String),
      request_id: expect.any(String),
    });
  });

  it("lists missing, extra and wrongly typed inputs together", async () => {
    const response = await webhook().request("POST", "/run-task/d/p/t?version=v1", { body: '{"x":"five","z":1}' });
    expect(response.status).toBe(422);
    const { detail } = (await response.json()) as { detail: { loc: string[] }[] };
    expect(detail.map((issue) => issue.loc.join("."))).toEqual(["body.x", "body.y", "body.z"]);
  });

  it("refuses a task that is in no allow-list, and a body before that", async () => {
    const { request } = webhook({ taskAllowlist: ["other"] });
    expect((await request("POST", "/run-task/d/p/t", { body: "{}" })).status).toBe(403);
    expect((await request("POST", "/run-task/d/p/t", { body: "{" })).status).toBe(422);
  });

  it("needs credentials before anything else, and says nothing of what the plane told of itself", async () => {
    const { app, request } = webhook();
    expect((await app.request("/nope")).status).toBe(401);
    for (const [token, status] of [
      ["bad", 401],
      ["down", 503],
    ] as const) {
      const response = await request("GET", "/me", { headers: { authorization: `Bearer ${token}` } });
      expect(response.status).toBe(status);
      expect(await response.text()).not.toMatch(/10\.0\.0\.1/);
    }
  });
});

describe("credentials", () => {
  it("are those of each request's own caller: 1,000 requests by 200 identities, interleaved", async () => {
    const { request, seen } = webhook();
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async (_, index) => {
        const authorization = `Bearer user-${index % 200}`;
        const response = await request("GET", "/me", { headers: { authorization } });
        return ((await response.json()) as { subject: string }).subject === authorization;
      }),
    );
    expect(answers.every(Boolean)).toBe(true);
    expect(seen).toHaveLength(1000);
    expect(new Set(seen).size).toBe(200);
  });
});

describe("the document", () => {
  it("holds the built endpoints of the spec in the catalogue's order, and no other", async () => {
    const document = (await (await webhook().app.request("/openapi.json")).json()) as {
      openapi: string;
      paths: object;
    };
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toEqual([
      "/health",
      "/me",
      "/run-task/{domain}/{project}/{name}",
      "/task/{domain}/{project}/{name}",
      "/run/{name}",
      "/run/{name}/abort",
      "/app/{name}",
      "/app/{name}/activate",
      "/app/{name}/call",
    ]);
  });

  it("is shown by a page that loads nothing from elsewhere", async () => {
    const { app } = webhook();
    const page = await app.request("/docs");
    expect(page.status).toBe(200);
    const sources = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] as string);
    for (const source of sources.filter((one) => !one.startsWith("data:"))) {
      expect((await app.request(`/${source}`)).status).toBe(200);
    }
  });
});
