import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { FlyteWebhookAppEnvironment } from "../environment/flyte-webhook-app-environment.ts";
import { encodeWebhookSpec } from "../serialize/encode-webhook-spec.ts";
import { toWebhookSpec } from "../serialize/to-webhook-spec.ts";
import { VERSION } from "../version.ts";
import { DEFAULT_IMAGE } from "./image.ts";

const root = join(import.meta.dirname, "..", "..", "..", "..");
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const run = promisify(execFile);

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of a Dockerfile, continued lines joined, comments left out. */
function instructions(file: string): Instruction[] {
  const lines = file.replace(/^\s*#.*\n/gm, "").replace(/\\\n\s*/g, " ");
  return lines
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line) ?? expect.unreachable(`no instruction: ${line}`))
    .map(([, name = "", text = ""]) => ({ name, text }));
}

describe("the ready-made image's Dockerfile", () => {
  const all = instructions(dockerfile);
  const of = (name: string) => all.filter((one) => one.name === name).map(({ text }) => text);

  test("stands on one base, pinned by an exact tag", () => {
    expect(of("FROM")).toEqual([expect.stringMatching(/^node:\d+\.\d+\.\d+-bookworm-slim$/)]);
    expect(of("LABEL").join(" ")).toContain(`base.name="docker.io/library/${of("FROM")[0]}"`);
  });

  test("copies the bundle and licences, which are all that the build gets to see", () => {
    const copied = of("COPY").flatMap((text) => text.split(" ").slice(1, -1));
    expect(copied).toContain("packages/runtime/dist/webhook.mjs");
    const ignore = readFileSync(join(root, ".dockerignore"), "utf8")
      .split("\n")
      .filter((line) => /^[^#\s]/.test(line));
    expect(ignore[0]).toBe("*");
    expect(ignore.slice(1)).toEqual(copied.map((path) => `!${path}`));
    expect(of("ADD")).toEqual([]);
  });

  test("runs as a number that is not root, after the last step that root does", () => {
    expect(of("USER")).toEqual(["1000:1000"]);
    const user = all.findIndex(({ name }) => name === "USER");
    expect(all.slice(user).map(({ name }) => name)).not.toContain("RUN");
    expect(all.slice(user).map(({ name }) => name)).not.toContain("COPY");
  });

  test("starts the program that declarations start, in exec form, with a health check", () => {
    const { command } = new FlyteWebhookAppEnvironment({ name: "w" }).program({ project: "p", domain: "d" });
    expect(JSON.parse(of("ENTRYPOINT")[0] ?? "")).toEqual(command);
    expect(of("COPY")[0]?.split(" ").at(-1)).toBe(`${dirname(command?.at(-1) ?? "")}/`);
    const [, check = ""] = /CMD (\[.*\])$/.exec(of("HEALTHCHECK")[0] ?? "") ?? [];
    expect((JSON.parse(check) as string[])[0]).toBe("node");
  });

  test("says what it is for an inventory, with the version of this package, and holds no secret", () => {
    const labels = of("LABEL").join(" ");
    for (const label of ["title", "description", "source", "licenses", "version", "revision"]) {
      expect(labels).toContain(`org.opencontainers.image.${label}=`);
    }
    expect(of("ARG")).toEqual([`VERSION=${VERSION}`, "REVISION=unknown"]);
    expect(DEFAULT_IMAGE.endsWith(`:${VERSION}`)).toBe(true);
    expect(dockerfile).not.toMatch(/token|password|secret|api.?key/i);
    expect(of("RUN").join(" ")).not.toMatch(/curl|wget/);
  });
});

/** Why the image cannot be built here; undefined when it can. */
function whyNot(): string | undefined {
  if (process.platform !== "linux") return "it needs Linux";
  try {
    execFileSync("buildah", ["--storage-driver", "vfs", "info"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "it needs buildah (apt-get install buildah), and a user who may use namespaces";
  }
}

const reason = whyNot();
if (reason !== undefined && process.env.REQUIRE_EXTRAS) throw new Error(reason);
if (reason !== undefined) process.stderr.write(`the ready-made image is not built by its test: ${reason}\n`);

test.skipIf(reason !== undefined)(
  "the ready-made image is built, small, and serves",
  { timeout: 180_000 },
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "flyte-webhook-image-"));
    const storage = ["--storage-driver", "vfs", "--root", join(dir, "root"), "--runroot", join(dir, "run")];
    const buildah = async (...args: string[]) => (await run("buildah", [...storage, ...args])).stdout.trim();
    try {
      const bundle = join(root, "packages", "runtime", "dist", "webhook.mjs");
      if (!existsSync(bundle)) await run(process.execPath, ["build.mjs"], { cwd: join(root, "packages", "runtime") });

      // There is no registry to take the base from: this machine's Node with what it is linked to stands for it.
      const base = join(dir, "base");
      mkdirSync(join(base, "usr/local/bin"), { recursive: true });
      copyFileSync(process.execPath, join(base, "usr/local/bin/node"));
      const { stdout: linked } = await run("ldd", [process.execPath]);
      for (const [library] of linked.matchAll(/\/\S+\.so[.\d]*/g)) {
        mkdirSync(join(base, dirname(library)), { recursive: true });
        copyFileSync(library, join(base, library));
      }
      writeFileSync(join(dir, "Base"), "FROM scratch\nCOPY . /\nENV PATH=/usr/local/bin\n");
      const from = instructions(dockerfile)[0]?.text ?? "";
      const name = `docker.io/library/${from}`;
      await buildah("build", "--isolation", "chroot", "-f", join(dir, "Base"), "-t", name, base);

      const options = ["--isolation", "chroot", "--pull-never", "--format", "docker", "--build-arg", "REVISION=abc"];
      await buildah("build", ...options, "-t", "webhook", root);
      const sizeOf = async (image: string) => {
        const { stdout } = await run("buildah", [...storage, "images", "--json", image]);
        return JSON.parse(stdout) as { id: string }[];
      };
      expect(await sizeOf("webhook")).toHaveLength(1);
      const container = await buildah("from", "--pull-never", "webhook");
      const mount = await buildah("mount", container);
      const { stdout: own } = await run("du", ["-sb", join(mount, "opt")]);
      expect(Number(own.split("\t")[0])).toBeLessThan(80e6);

      const { Docker } = JSON.parse(await buildah("inspect", "--type", "image", "webhook")) as {
        Docker: { config: { User: string; Healthcheck: { Test: string[] }; Labels: Record<string, string> } };
      };
      expect(Docker.config.User).toBe("1000:1000");
      expect(Docker.config.Labels).toMatchObject({
        "org.opencontainers.image.version": VERSION,
        "org.opencontainers.image.revision": "abc",
      });

      // Served from the image's own files, as its user, beside nothing else.
      const webhook = new FlyteWebhookAppEnvironment({ name: "w", endpointGroups: ["core"] });
      const spec = encodeWebhookSpec(toWebhookSpec(webhook, { project: "p", domain: "d" }));
      const port = String(await freePort());
      const env = ["--env", `PORT=${port}`, "--env", "_U_EP_OVERRIDE=127.0.0.1:1", "--env", "_U_INSECURE=true"];
      const command = webhook.program({ project: "p", domain: "d" }).command ?? [];
      const args = [...storage, "run", "--isolation", "chroot", ...env, container, "--", ...command, "--spec", spec];
      const child = spawn("buildah", args, { stdio: "ignore", detached: true });
      try {
        await expect.poll(() => healthOf(port), { timeout: 20_000 }).toEqual({ status: "healthy" });
        const [, ...check] = Docker.config.Healthcheck.Test;
        await buildah("run", "--isolation", "chroot", "--env", `PORT=${port}`, container, "--", ...check);
        const idle = buildah("run", "--isolation", "chroot", "--env", "PORT=1", container, "--", ...check);
        await expect(idle).rejects.toThrow();
      } finally {
        const ended = once(child, "exit");
        process.kill(-(child.pid ?? 0), "SIGTERM");
        await ended;
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);

async function healthOf(port: string): Promise<unknown> {
  try {
    return await (await fetch(`http://127.0.0.1:${port}/health`)).json();
  } catch {
    return undefined;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
