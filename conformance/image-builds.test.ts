import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { createControlPlane, phaseOf } from "@flyte-webhook/client";
import { startImageBuild } from "@flyte-webhook/client/image-builds";
import { GuardedClient } from "@flyte-webhook/client/outbound";
import { Uploads } from "@flyte-webhook/client/uploads";
import { type Devbox, startDevbox } from "@flyte-webhook/devbox";
import { ImageSpecSchema, type LayerSchema } from "@flyte-webhook/idl/flyteidl2/imagebuilder/definition";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pythonWithFlyte } from "./python-with-flyte.ts";

/** What keeps this machine from building; undefined when nothing does. */
function whyNot(): string | undefined {
  const { status } = spawnSync("buildah", ["images"], { stdio: "ignore" });
  return status === 0 ? undefined : "it needs buildah (apt-get install buildah), and a user who may use namespaces";
}
const reason = whyNot();
if (reason !== undefined && process.env.REQUIRE_EXTRAS) throw new Error(reason);
if (reason !== undefined) process.stderr.write(`skipped: image builds of the devbox: ${reason}\n`);
const python = pythonWithFlyte("image builds by Python's client");

/** Of this run alone: images are the whole user's. */
const NAME = `flyte-devbox-test-${process.pid}`;
const here = (name: string) => `localhost/${name}`;

describe.skipIf(reason !== undefined)("the devbox builds images", { timeout: 60_000 }, () => {
  let dir: string;
  let devbox: Devbox;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "image-builds-"));
    devbox = await startDevbox({ dir: join(dir, "devbox"), port: 0, imageBuilder: "buildah" });
  });
  afterAll(async () => {
    await devbox?.close();
    rmSync(dir, { recursive: true, force: true });
    const { stdout } = spawnSync("buildah", ["images", "--format", "{{.Name}}:{{.Tag}}"], { encoding: "utf8" });
    const ours = stdout.split("\n").filter((line) => line.includes(`/${NAME}`));
    if (ours.length > 0) spawnSync("buildah", ["rmi", ...ours], { stdio: "ignore" });
  });

  async function build(target: string, layers: MessageInitShape<typeof LayerSchema>["layer"][], context?: Uint8Array) {
    const plane = createControlPlane({
      endpoint: devbox.endpoint,
      apiKey: devbox.apiKey,
      project: "flytesnacks",
      domain: "development",
    });
    const spec = create(ImageSpecSchema, {
      baseImage: "scratch",
      layers: layers.map((layer) => ({ layer: layer ?? { case: undefined } })),
    });
    const uploads = new Uploads(plane.connection, new GuardedClient({ loopback: true }));
    const run = await startImageBuild(plane.connection, uploads, { spec, context, target });
    const name = run.action?.id?.run?.name ?? "";
    let last: Parameters<typeof phaseOf>[0] | undefined;
    for await (const details of plane.runs.watch(name)) last = details;
    const log: string[] = [];
    for await (const line of plane.runs.logs(name, 1)) log.push(line);
    const result = last?.action?.result;
    const { outputs } = await plane.runs.io(name);
    return {
      phase: last && phaseOf(last),
      message: result?.case === "errorInfo" ? result.value.message : "",
      log: log.join("\n"),
      outputs,
      found: await plane.images.find(target),
    };
  }

  test("from a spec and its files; the log is the run's, and GetImage finds what came of it", async () => {
    mkdirSync(join(dir, "context/files"), { recursive: true });
    writeFileSync(join(dir, "context/files/0"), "hello");
    const context = execFileSync("tar", ["-czf", "-", "-C", join(dir, "context"), "."]);
    const target = `${NAME}:one`;
    const built = await build(
      target,
      [
        { case: "env", value: { envVariables: { GREETING: 'say "hi" for $5' } } },
        { case: "copyConfig", value: { src: "files/0", dst: "/opt/hello" } },
        { case: "workdir", value: { workdir: "/opt" } },
      ],
      context,
    );
    expect(built).toMatchObject({ phase: "succeeded", message: "", found: here(target) });
    expect(built.log).toContain("COPY");
    expect(JSON.stringify(built.outputs, (_, value) => (typeof value === "bigint" ? String(value) : value))).toContain(
      here(target),
    );
    const text = execFileSync("buildah", ["inspect", "--type", "image", here(target)], { encoding: "utf8" });
    const { Docker } = JSON.parse(text) as { Docker: { config: { Env: string[]; WorkingDir: string } } };
    expect(Docker.config).toMatchObject({
      WorkingDir: "/opt",
      Env: expect.arrayContaining(['GREETING=say "hi" for $5']),
    });
  });

  test("and tells what went wrong", async () => {
    const copies = await build(`${NAME}:two`, [{ case: "copyConfig", value: { src: "nowhere", dst: "/x" } }]);
    expect(copies).toMatchObject({ phase: "failed", found: undefined });
    expect(copies.message).toMatch(/buildah build failed: exit code \d+[\s\S]*nowhere/);
    const uv = await build(`${NAME}:three`, [{ case: "uvProject", value: { pyproject: "p" } }]);
    expect(uv.message).toContain("uv and Poetry projects are not built by the devbox");
  });

  test.skipIf(python === undefined)("for Python's client with its remote builder", async () => {
    const program = join(dir, "build.py");
    writeFileSync(join(dir, "hello.txt"), "hello");
    writeFileSync(
      program,
      `import pathlib, sys, flyte
flyte.init_from_config(${JSON.stringify(devbox.config)}, root_dir=pathlib.Path(${JSON.stringify(dir)}), image_builder="remote")
image = flyte.Image.from_base("scratch").clone(name=${JSON.stringify(`${NAME}-py`)}, extendable=True).with_env_vars({"A": "b"})
image = image.with_source_file(pathlib.Path(${JSON.stringify(join(dir, "hello.txt"))}), "/opt/")
print("first", flyte.build(image, wait=True).uri)
`,
    );
    const { stdout, stderr } = await promisify(execFile)(python as string, [program], {
      env: { ...process.env, XDG_CONFIG_HOME: dir },
      timeout: 50_000,
    }).catch((error: { stdout: string; stderr: string }) => error);
    expect(stdout, stderr).toMatch(new RegExp(`first ${here(`${NAME}-py`)}:\\w+`));
  });
});

test("a devbox without a builder answers as an open-source plane", async () => {
  const dir = mkdtempSync(join(tmpdir(), "image-builds-"));
  const devbox = await startDevbox({ dir, port: 0, imageBuilder: "none" });
  try {
    const plane = createControlPlane({ endpoint: devbox.endpoint, apiKey: devbox.apiKey });
    await expect(plane.images.find("a:b")).rejects.toMatchObject({ code: "unimplemented" });
  } finally {
    await devbox.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
