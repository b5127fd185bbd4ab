import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Spec_DesiredState as DesiredState, SpecSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { ResourcesSchema } from "@flyte-webhook/idl/flyteidl2/core/tasks";
import { describe, expect, test } from "vitest";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";
import { expandVariables, readLaunch } from "./launch.ts";
import { imageName, localPath, WEBHOOK_IMAGE } from "./local-images.ts";

type SpecInit = MessageInitShape<typeof SpecSchema>;

describe("what is run", () => {
  test("of a container: command and arguments in one, its environment, its first port or Knative's", () => {
    const value = { image: "ours:1", command: ["a"], args: ["b", "c"], env: [{ key: "K", value: "v" }] };
    const container = (ports: { containerPort: number }[]) =>
      readLaunch(create(SpecSchema, { appPayload: { case: "container", value: { ...value, ports } } }));
    expect(container([{ containerPort: 9000 }, { containerPort: 9001 }])).toEqual({
      image: "ours:1",
      words: ["a", "b", "c"],
      env: [["K", "v"]],
      secrets: [],
      declaredPort: 9000,
    });
    expect(container([]).declaredPort).toBe(8080);
  });

  test("of a pod: the container named app, else the first", () => {
    const side = { name: "side", image: "side:1", command: ["s"] };
    const app = {
      name: "app",
      image: "ours:1",
      args: ["x"],
      env: [{ name: "N", value: 1 }],
      ports: [{ containerPort: 70 }],
    };
    const pod = (containers: object[]) =>
      readLaunch(create(SpecSchema, { appPayload: { case: "pod", value: { podSpec: { containers } as never } } }));
    expect(pod([side, app])).toEqual({
      image: "ours:1",
      words: ["x"],
      env: [["N", "1"]],
      secrets: [],
      declaredPort: 70,
    });
    expect(pod([side]).words).toEqual(["s"]);
  });

  test.each([
    ["$(NAME)/x", "value/x"],
    ["$(OTHER)", "$(OTHER)"],
    ["$$(NAME)", "$(NAME)"],
    ["$NAME $()", "$NAME $()"],
    ["$(toString)", "$(toString)"],
  ])("with Kubernetes' variables: %s", (text, filled) => {
    expect(expandVariables(text, { NAME: "value" })).toBe(filled);
  });

  test("of an image that is here: its paths are local ones", () => {
    expect(imageName("ghcr.io:443/a/b:1.2@sha256:00")).toBe("ghcr.io:443/a/b");
    const images = { [WEBHOOK_IMAGE]: { "/opt/": "/local/dist" } };
    expect(localPath(images, `${WEBHOOK_IMAGE}:0.1.0`, "/opt/webhook.mjs")).toBe("/local/dist/webhook.mjs");
    expect(localPath(images, "other:1", "/opt/webhook.mjs")).toBe("/opt/webhook.mjs");
  });
});

describe("an app that cannot be run is refused, and says why", () => {
  const limit = (value: string) => create(ResourcesSchema, { limits: [{ name: 1, value }] });
  test.each<[string, string, SpecInit["appPayload"], string]>([
    ["a name", "my_app", { case: "container", value: { image: "x" } }, 'name "my_app" of the app is not a DNS label'],
    ["nothing to run", "app", undefined, "neither a container nor a pod"],
    ["a quantity", "app", { case: "container", value: { resources: limit("lots") } }, '"lots" is not a quantity'],
  ])("%s", async (_, name, appPayload, message) => {
    const { devbox, client } = await temporaryDevbox();
    const apps = createClient(AppService, createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" }));
    const spec: SpecInit = { desiredState: DesiredState.ACTIVE, ...(appPayload && { appPayload }) };
    await expect(apps.create({ app: { metadata: { id: { ...client.scope, name } }, spec } })).rejects.toThrow(
      `[invalid_argument] ${message.startsWith("neither") ? "the app has " : ""}${message}`,
    );
    expect((await apps.list({})).apps).toEqual([]);
  });
});
