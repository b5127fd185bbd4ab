import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { createControlPlane } from "@flyte-webhook/client";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { deploy } from "../deploy/deploy.ts";
import type { DeployEvent } from "../deploy/events.ts";
import { AppEnvironment } from "../environment/app-environment.ts";
import { buildImage } from "./build-image.ts";
import { DEFAULT_IMAGE, Image } from "./image.ts";

let dir: string;
const at = (name: string) => join(dir, name);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "flyte-images-"));
  mkdirSync(at("bin"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

/** Programs of these names that note how they are called, and what they are given to build; nothing else is there. */
function programs(...names: string[]): void {
  for (const name of names) {
    const script = `#!/bin/sh
echo "${name} $*" >> ${at("calls")}
case "$*" in
  *inspect*) exit "$FAKE_MISSING" ;;
  *build\\ --platform*)
    for last; do :; done
    /bin/cp -r "$last" ${at("context")}
    echo "step 1 of 1"
    exit "$FAKE_FAILS" ;;
esac
`;
    writeFileSync(at(`bin/${name}`), script);
    chmodSync(at(`bin/${name}`), 0o755);
  }
  vi.stubEnv("PATH", [at("bin")].join(delimiter));
  vi.stubEnv("FAKE_MISSING", "1");
  vi.stubEnv("FAKE_FAILS", "0");
}
const calls = () => (existsSync(at("calls")) ? readFileSync(at("calls"), "utf8").trim().split("\n") : []);

const image = () => Image.fromBase("node:24-slim", { repository: "ghcr.io/acme/hooks" });

describe("an image", () => {
  test("that is there is its reference", () => {
    expect([Image.webhook().reference, Image.fromRegistry("x:1").reference]).toEqual([DEFAULT_IMAGE, "x:1"]);
    const env = new AppEnvironment({ name: "a", image: Image.fromRegistry("x:1") });
    expect([env.resolved.image, env.builtImage]).toEqual(["x:1", undefined]);
  });

  test("that is built says how", () => {
    writeFileSync(at("server.mjs"), "1");
    const built = image()
      .withAptPackages("git", "curl=8.5.0-2")
      .withPackages("undici@7.1.0", "@scope/pkg@1.0.0-rc.1")
      .withFiles(at("server.mjs"), "/app/server.mjs")
      .withEnv({ GREETING: 'say "hi" for $5' })
      .withCommand("test -f /app/server.mjs");
    expect(built.problems).toEqual([]);
    expect(built.dockerfile).toBe(`FROM node:24-slim
USER root
RUN apt-get update && apt-get install -y --no-install-recommends git curl=8.5.0-2 && rm -rf /var/lib/apt/lists/*
RUN npm install --prefix /opt --omit=dev --no-audit --no-fund undici@7.1.0 @scope/pkg@1.0.0-rc.1
COPY --chown=1000:1000 ["files/0","/app/server.mjs"]
ENV GREETING="say \\"hi\\" for \\$5"
RUN ["/bin/sh","-c","test -f /app/server.mjs"]
USER 1000:1000
`);
  });

  test("has a tag of what it is made of, files included", () => {
    mkdirSync(at("app"));
    writeFileSync(at("app/a.mjs"), "1");
    const reference = () => image().withFiles(at("app"), "/app").reference;
    const first = reference();
    expect(first).toMatch(/^ghcr\.io\/acme\/hooks:[0-9a-f]{20}$/);
    expect(reference()).toBe(first);
    writeFileSync(at("app/a.mjs"), "2");
    const second = reference();
    writeFileSync(at("app/b.mjs"), "");
    expect(new Set([first, second, reference()]).size).toBe(3);
  });

  test("that cannot be built is refused by the declaration, with all that is wrong", () => {
    const wrong = Image.fromBase("node:24-slim", { repository: "" })
      .withPackages("undici", "x@^1.0.0")
      .withAptPackages("git; rm -rf /")
      .withFiles("/nowhere", "app");
    expect(() => new AppEnvironment({ name: "a", image: wrong })).toThrow(
      /6 problems:.*repository.*"undici".*"x@\^1\.0\.0".*Debian package.*absolute path.*\/nowhere, which is not there/s,
    );
  });
});

describe("building", () => {
  test.each([
    [
      "docker",
      [
        "docker buildx version",
        "docker buildx imagetools inspect REF",
        "docker buildx build --platform linux/amd64 --tag REF --push --progress plain DIR",
      ],
    ],
    [
      "podman",
      [
        "podman --version",
        "podman manifest inspect REF",
        "podman build --platform linux/amd64 --tag REF DIR",
        "podman push REF",
      ],
    ],
    [
      "buildah",
      [
        "buildah --version",
        "buildah manifest inspect REF",
        "buildah build --platform linux/amd64 --tag REF DIR",
        "buildah push REF",
      ],
    ],
  ])("by %s, from a directory of its own that is gone afterwards", async (name, expected) => {
    programs(name);
    writeFileSync(at("server.mjs"), "content");
    const built = image().withFiles(at("server.mjs"), "/app/server.mjs");
    const lines: string[] = [];
    expect(await buildImage(built, { onLine: (line) => lines.push(line) })).toBe("built");
    const normal = calls().map((call) =>
      call.replace(built.reference, "REF").replace(/\/\S*flyte-webhook-image-\w+$/, "DIR"),
    );
    expect(normal).toEqual(expected);
    expect(lines).toEqual(["step 1 of 1"]);
    expect(readFileSync(at("context/Dockerfile"), "utf8")).toBe(built.dockerfile);
    expect(readFileSync(at("context/files/0"), "utf8")).toBe("content");
    const directory = /\S*flyte-webhook-image-\w+/.exec(calls().join("\n"))?.[0] ?? "";
    expect(existsSync(directory)).toBe(false);
  });

  test("is not done again when the registry has it", async () => {
    programs("docker", "podman");
    vi.stubEnv("FAKE_MISSING", "0");
    expect(await buildImage(image().withCommand("true"))).toBe("there");
    expect(calls().filter((call) => call.includes(" build "))).toEqual([]);
  });

  test("needs a registry to push to", async () => {
    programs("docker");
    const built = Image.fromBase("node:24-slim", { repository: "hooks" }).withCommand("true");
    await expect(buildImage(built)).rejects.toMatchObject({
      code: "invalid_config",
      message: 'the repository "hooks" names no registry to push to',
    });
    expect(calls()).toEqual([]);
  });

  test("tells the last lines of a build that fails", async () => {
    programs("podman");
    vi.stubEnv("FAKE_FAILS", "7");
    await expect(buildImage(image().withCommand("false"))).rejects.toMatchObject({
      code: "deploy_failed",
      message: expect.stringMatching(/^podman build --platform of ghcr\.io.* failed \(exit code 7\)\n {2}step 1 of 1$/),
    });
  });

  test("goes to the registry of the configuration when the image names none, and a name is what is configured", async () => {
    programs("podman");
    vi.stubEnv("FAKE_MISSING", "0");
    const references: string[] = [];
    const transport = createRouterTransport(({ service }) =>
      service(AppService, {
        get: () => {
          throw new ConnectError("there is none", Code.NotFound);
        },
        create({ app }) {
          const { value } = app?.spec?.appPayload ?? {};
          references.push((value as { image: string }).image);
          return app ? { app } : {};
        },
      }),
    );
    const place = { endpoint: "http://plane", project: "p", domain: "d", transport };
    const controlPlane = createControlPlane({
      ...place,
      imageRegistry: "registry.acme.com/team/",
      imageRefs: { backend: "registry.acme.com/backend:1.2.3" },
    });
    const built = Image.fromBase("node:24-slim", { repository: "hooks" }).withCommand("true");
    const named = new AppEnvironment({ name: "named", image: Image.fromRefName("backend") });
    const front = new AppEnvironment({ name: "front", image: built, dependsOn: [named] });
    await deploy(front, { controlPlane });
    expect(references).toEqual([
      "registry.acme.com/backend:1.2.3",
      expect.stringMatching(/^registry\.acme\.com\/team\/hooks:[0-9a-f]{20}$/),
    ]);
    const other = new AppEnvironment({ name: "other", image: Image.fromRefName("backnd") });
    await expect(deploy(other, { controlPlane })).rejects.toMatchObject({
      code: "invalid_config",
      message: expect.stringContaining('there is no "backnd" in image.image_refs'),
      hint: "There is backend.",
    });
    await expect(deploy(other, { controlPlane: createControlPlane(place) })).rejects.toMatchObject({
      hint: expect.stringContaining("give imageRefs to init"),
    });
    const extended = Image.fromRefName("backend").withCommand("true");
    expect(() => new AppEnvironment({ name: "extended", image: extended })).toThrow("nothing can be built");
  });

  test("comes before anything is deployed, and says so where it cannot be done", async () => {
    const deployed: string[] = [];
    const transport = createRouterTransport(({ service }) =>
      service(AppService, {
        create({ app }) {
          deployed.push(app?.metadata?.id?.name ?? "");
          return app ? { app } : {};
        },
      }),
    );
    const controlPlane = createControlPlane({ endpoint: "http://plane", project: "p", domain: "d", transport });
    const built = image().withCommand("true");
    const env = new AppEnvironment({
      name: "front",
      image: built,
      dependsOn: [new AppEnvironment({ name: "back", image: built })],
    });
    programs();
    await expect(deploy(env, { controlPlane })).rejects.toMatchObject({
      code: "invalid_config",
      message: "the image has to be built, and this machine has no builder (docker with buildx, podman, buildah)",
    });
    expect(deployed).toEqual([]);

    programs("buildah");
    const events: DeployEvent[] = [];
    await deploy(env, { controlPlane, onEvent: (event) => events.push(event) });
    expect(deployed).toEqual(["back", "front"]);
    expect(events.map(({ type }) => type)).toEqual(["building", "image", "submitted", "submitted"]);
    expect(calls().filter((call) => call.startsWith("buildah build"))).toHaveLength(1);
  });
});
