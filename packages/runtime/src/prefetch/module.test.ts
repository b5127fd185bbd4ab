import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { PREFETCH_SOURCE } from "./module.ts";
import { PREFETCH_MODULE } from "./task-name.ts";

/** What the module uses of Flyte, over the local disk: the real one takes a minute to install. */
const FLYTE = {
  "flyte/__init__.py": `class TaskEnvironment:
    def __init__(self, name): self.name = name
    def task(self, function): return function
`,
  "flyte/storage.py": `import builtins, os
class Local:
    def makedirs(self, path, exist_ok): os.makedirs(path, exist_ok=exist_ok)
    def open(self, path, mode): return builtins.open(path, mode)
def get_underlying_filesystem(path): return Local()
`,
  "flyte/io.py": `class Dir:
    @classmethod
    def from_existing_remote(cls, path): return path
`,
  "run.py": `import sys
import ${PREFETCH_MODULE} as module
module.time.sleep = lambda seconds: None
try:
    print(module.store_hf_model_task(*sys.argv[1:3]))
except ValueError as error:
    sys.exit(str(error))
`,
};

const servers: Server[] = [];
const directories: string[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Hub {
  /** Files by path, with what the hub says their SHA-256 is. */
  files: Record<string, { bytes: Buffer; sha256?: string }>;
  /** Bytes after which a transfer breaks, per transfer; the following ones are whole. */
  breaks?: number[];
  /** Whether `Range` is answered. */
  ranges?: boolean;
  token?: string;
}

/** A hub whose files are on another origin, as the real one's large files are. */
async function hub({ files, breaks = [], ranges = true, token }: Hub) {
  const seen = { hub: [] as IncomingHttpHeaders[], cdn: [] as IncomingHttpHeaders[] };
  const cdn = await listen(
    createServer((request, response) => {
      seen.cdn.push(request.headers);
      const bytes = files[decodeURIComponent(request.url ?? "").slice(1)]?.bytes ?? Buffer.alloc(0);
      const range = ranges ? /^bytes=(\d+)-$/.exec(request.headers.range ?? "") : null;
      const rest = bytes.subarray(Number(range?.[1] ?? 0));
      response.writeHead(range ? 206 : 200, { "content-length": rest.length });
      const limit = breaks.shift();
      if (limit === undefined) return void response.end(rest);
      response.write(rest.subarray(0, limit), () => response.destroy());
    }),
  );
  const endpoint = await listen(
    createServer((request, response) => {
      seen.hub.push(request.headers);
      if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
        return void response.writeHead(401).end();
      }
      const { pathname } = new URL(request.url ?? "", "http://hub");
      if (pathname === "/api/models/org/m") {
        const siblings = Object.entries(files).map(([rfilename, { sha256 }]) => ({
          rfilename,
          ...(sha256 && { lfs: { sha256 } }),
        }));
        return void response.end(JSON.stringify({ sha: "c0ffee", siblings }));
      }
      const file = /^\/org\/m\/resolve\/c0ffee\/(.+)$/.exec(pathname)?.[1];
      if (file === undefined) response.writeHead(404).end();
      else response.writeHead(302, { location: `${cdn}/${file}` }).end();
    }),
  );
  return { endpoint, seen };
}

/** Runs the module as the entry point would; answers with where the model is. */
async function store(endpoint: string, { repo = "org/m", token = "" } = {}): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "prefetch-"));
  directories.push(directory);
  for (const [name, text] of Object.entries({ ...FLYTE, [`${PREFETCH_MODULE}.py`]: PREFETCH_SOURCE })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const { stdout } = await promisify(execFile)(
    "python3",
    ["run.py", JSON.stringify({ repo }), join(directory, "model")],
    { cwd: directory, env: { PATH: process.env.PATH, HF_ENDPOINT: endpoint, HF_TOKEN: token } },
  );
  return stdout.trim();
}

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const big = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 31) % 251));

// Flyte's own image has the Python that the module needs; a machine without one cannot run it.
const python = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).status === 0;

describe.runIf(python)("the prefetch module", () => {
  it("stores all files under their paths, and takes the token to the hub only", async () => {
    const files = {
      "config.json": { bytes: Buffer.from("{}") },
      "a dir/ü.bin": { bytes: big, sha256: sha256(big) },
      empty: { bytes: Buffer.alloc(0) },
    };
    const { endpoint, seen } = await hub({ files, token: "secret" });
    const path = await store(endpoint, { token: "secret" });
    for (const [name, { bytes }] of Object.entries(files)) {
      expect(readFileSync(join(path, name)).equals(bytes)).toBe(true);
    }
    expect(seen.hub.every((headers) => headers.authorization === "Bearer secret")).toBe(true);
    expect(seen.cdn).toHaveLength(3);
    expect(seen.cdn.every((headers) => headers.authorization === undefined)).toBe(true);
  });

  it.each([true, false])("goes on where a transfer broke (ranges answered: %s)", async (ranges) => {
    const files = { "model.safetensors": { bytes: big, sha256: sha256(big) } };
    const { endpoint, seen } = await hub({ files, breaks: [1_000_000, 500_000], ranges });
    const path = await store(endpoint);
    expect(readFileSync(join(path, "model.safetensors")).equals(big)).toBe(true);
    expect(seen.cdn).toHaveLength(3);
    if (ranges) expect(seen.cdn[1]?.range).toMatch(/^bytes=\d+-$/);
  });

  it.each([
    ["has no org/none", {}, { repo: "org/none" }],
    ["refuses org/m", { token: "other" }, { token: "secret" }],
    ["arrived damaged", { files: { x: { bytes: big, sha256: sha256(Buffer.from("x")) } } }, {}],
    ["names a file", { files: { "../x": { bytes: big } } }, {}],
  ])("fails with a text that says it: %s", async (text, more, options) => {
    const { endpoint } = await hub({ files: {}, ...more });
    await expect(store(endpoint, options)).rejects.toMatchObject({ stderr: expect.stringContaining(text) });
  });
});
