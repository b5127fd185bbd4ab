import { FlyteWebhookError } from "@flyte-webhook/core";
import { describe, expect, test } from "vitest";
import { Port } from "../values/port.ts";
import { Secret } from "../values/secret.ts";
import { APP_OPTIONS, AppEnvironment } from "./app-environment.ts";
import { FlyteWebhookAppEnvironment } from "./flyte-webhook-app-environment.ts";

/** The report of a declaration that is as an untyped caller might write it. */
function refusal(options: unknown, Class: new (options: never) => unknown = FlyteWebhookAppEnvironment): string {
  try {
    new Class(options as never);
  } catch (error) {
    expect(error).toBeInstanceOf(FlyteWebhookError);
    expect((error as FlyteWebhookError).code).toBe("invalid_declaration");
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(options)} was accepted`);
}

const name = "w";

describe("what a declaration says wrongly", () => {
  test("is told all at once, each by its option", () => {
    const options = {
      name: "My_Webhook",
      port: 8012,
      endpoints: ["run-task"],
      endpoint_groups: ["core"],
      scaling: { replicas: [5, 1], scaledownAfter: 5 },
      resources: { memory: "lots", cpus: 1 },
    };
    const message = refusal(options);
    expect(message).toMatch(/^FlyteWebhookAppEnvironment "My_Webhook" has 8 problems:\n/);
    for (const problem of [
      'name: "My_Webhook" should be 1 to 30 of a-z, 0-9 and "-"',
      "port: 8012 is reserved by the platform",
      'endpoints[0]: "run-task" is no endpoint, did you mean run_task?',
      "endpoint_groups: options are camelCase here, write endpointGroups",
      "scaling.replicas: should have its minimum first, 5 is above 1",
      "scaling.scaledownAfter: should be whole seconds from 6 to 3600",
      'resources.memory: should be a quantity such as "512Mi" or "2Gi", "lots" is no quantity',
      "resources.cpus: is no option, did you mean cpu?",
    ]) {
      expect(message).toContain(problem);
    }
  });

  test("has its path in the issues", () => {
    try {
      new FlyteWebhookAppEnvironment({ name, links: [{ path: "", title: "x" }] });
      expect.unreachable();
    } catch (error) {
      expect((error as FlyteWebhookError).issues).toEqual([
        { type: "invalid_option", loc: ["links", 0, "path"], msg: "should not be empty" },
      ]);
    }
  });

  test.each([
    [{ name, endpoints: ["health"], endpointGroups: ["core"] }, "endpoints: and endpointGroups exclude each other"],
    [{ name, endpoints: [] }, "endpoints: is empty, which would expose nothing"],
    [{ name, endpoints: ["core"] }, '"core" is a group; write it in endpointGroups'],
    [{ name, endpointGroups: ["health"] }, '"health" is an endpoint; write it in endpoints'],
    [{ name, endpointGroups: ["tasks"] }, "did you mean task?"],
    [{ name, taskAllowlist: ["a/b/c/d"] }, "taskAllowlist[0]: "],
    [{ name, appAllowlist: ["a/b/c/d"] }, "appAllowlist[0]: "],
    [{ name, hfTokenKeys: ["k", ""] }, "hfTokenKeys[1]: should not be empty"],
    [{ name, limits: { bodyBytes: 1 } }, "limits.bodyBytes: should be a whole number from 1024 to 67108864, not 1"],
    [{ name, limits: { bodybytes: 1024 } }, "limits.bodybytes: is no option, did you mean bodyBytes?"],
    [{ name, triggerAllowlist: "t" }, 'triggerAllowlist: should be a list of texts, not "t"; write ["t"]'],
    [{ name, requires_auth: false }, "write requiresAuth"],
    [{ name, queue: "q" }, "queue: does not exist here"],
    [{ name, app: null }, "app: cannot be given"],
    [{ name, cluster: "c", clusterPool: "p" }, "cluster: and clusterPool exclude each other"],
    [{ name, parameters: [{ name: "a" }] }, "parameters: are filled in by Python's program"],
    [{ name, envVars: { PORT: "1" } }, "envVars.PORT: is set by the platform"],
    [{ name, port: new Port({ port: 3000, name: "grpc" as never }) }, 'port.name: should be "http1" or "h2c"'],
    [{ name, scaling: { replicas: 0 } }, "scaling.replicas: should allow at least 1 replica"],
    [{ name, resources: { gpu: "T4:9" } }, 'resources.gpu: should be one of "T4:1"'],
    [{ name, secrets: { key: "k" } }, "secrets: should be a key or a Secret, not an object"],
    [{ name, secrets: new Secret({ key: "a.b" }) }, "secrets: "],
    [{}, "name: is missing"],
    [null, "should be given an object of options, not null"],
  ])("%j", (options, message) => {
    expect(refusal(options)).toContain(message);
  });

  test("never shows the value of a variable", () => {
    expect(refusal({ name, envVars: { TOKEN: ["hunter2"], "": "hunter2" } })).not.toContain("hunter2");
  });

  const ODD = [
    5,
    -1,
    1.5,
    Number.NaN,
    true,
    "",
    "\n",
    [],
    [null],
    [[]],
    {},
    { x: 1 },
    new Date(0),
    Symbol("s"),
    5n,
    () => 1,
  ];
  test.each(Object.keys(APP_OPTIONS))("whatever %s is given, it is accepted or refused by name", (option) => {
    for (const value of [null, ...ODD]) {
      try {
        new AppEnvironment({ name, [option]: value } as never);
      } catch (error) {
        expect(error, `${option}: ${String(value)}`).toBeInstanceOf(FlyteWebhookError);
        expect((error as Error).message).toContain(`${option}`);
      }
    }
  });
});

describe("a declaration", () => {
  test("enables all endpoints, those listed, or those of its groups", () => {
    expect(new FlyteWebhookAppEnvironment({ name }).endpoints).toHaveLength(18);
    expect(new FlyteWebhookAppEnvironment({ name, endpointGroups: ["all", "core"] }).endpoints).toHaveLength(18);
    expect(new FlyteWebhookAppEnvironment({ name, endpointGroups: ["task"] }).endpoints).toEqual([
      "run_task",
      "get_task",
    ]);
    expect(new FlyteWebhookAppEnvironment({ name, endpoints: ["me", "health", "me"] }).endpoints).toEqual([
      "health",
      "me",
    ]);
  });

  test("takes null for what Python takes None for", () => {
    const options = { name, description: null, endpoints: null, domain: null, type: null, scaling: { metric: null } };
    expect(new FlyteWebhookAppEnvironment(options as never).resolved.type).toBeUndefined();
  });

  test("shows what was given where it is no secret, and how one text becomes a list", () => {
    expect(refusal({ name, endpointGroups: "core" })).toContain('not "core"; write ["core"]');
    expect(refusal({ name, taskAllowlist: "etl.load" })).toContain('not "etl.load"; write ["etl.load"]');
    expect(refusal({ name, requiresAuth: "yes" })).toContain('requiresAuth: should be true or false, not "yes"');
    expect(refusal({ name, scaling: 3 })).toContain(
      "scaling: should be an object {replicas, metric, scaledownAfter}, not 3",
    );
    expect(refusal({ name, envVars: { PIN: 1234 } })).not.toContain("1234");
    expect(refusal({ name, endpoints: ["x"] })).not.toContain("did you mean");
    expect(refusal({ name, timeouts: { request: {} } })).toContain("timeouts.request: should have a part");
  });

  test("is cloned under another name, with changes, and with one link to its docs", () => {
    const original = new FlyteWebhookAppEnvironment({ name, endpointGroups: ["core"], envVars: { A: "1" } });
    const clone = original.cloneWith({ name: "w2", envVars: { B: "2" }, port: undefined });
    expect(clone).toBeInstanceOf(FlyteWebhookAppEnvironment);
    expect([clone.name, clone.endpoints, clone.resolved.envVars]).toEqual(["w2", ["health", "me"], [["B", "2"]]]);
    expect(clone.links.map(({ path }) => path)).toEqual(["/docs"]);
    expect(original.name).toBe(name);
    expect(() => original.cloneWith({ name: "w2", titel: "x" } as never)).toThrow("did you mean title?");
    for (const changes of [{}, { name: null }]) {
      expect(() => original.cloneWith(changes as never)).toThrow(/name: (is missing|should be a text, not null)/);
    }
  });

  test("depends on others, each once, never on itself", () => {
    const [a, b] = [new AppEnvironment({ name: "a" }), new AppEnvironment({ name: "b" })];
    const w = new AppEnvironment({ name, dependsOn: [a] }).addDependency(a, b);
    expect(w.dependsOn).toEqual([a, b]);
    expect(w.cloneWith({ name: "w2" }).dependsOn).toEqual([a, b]);
    expect(() => w.addDependency(w)).toThrow('dependsOn: "w" cannot depend on itself');
    expect(() => b.addDependency(w)).toThrow('dependsOn: "b" → "w" → "b" would be a cycle');
    expect(b.dependsOn).toEqual([]);
    expect(() => a.addDependency({} as never)).toThrow("dependsOn: should be an environment, not an object");
  });
});
