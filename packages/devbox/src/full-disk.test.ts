import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Code } from "@connectrpc/connect";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { expect, onTestFinished, test } from "vitest";
import { devboxClient } from "./testing/devbox-client.ts";
import { DEVBOX_PROGRAM } from "./testing/killable-devbox.ts";
import { sleepTask } from "./testing/shell-task.ts";
import { temporaryDirectory } from "./testing/temporary-devbox.ts";

/** A mount of its own, which no other process sees, for whoever runs the test. */
const PRIVATE_MOUNTS = ["--user", "--map-root-user", "--mount"];
const possible = spawnSync("unshare", [...PRIVATE_MOUNTS, "true"]).status === 0;
if (!possible)
  process.stderr.write("skipped: a full disk (it needs Linux with user namespaces: unshare --user --mount)\n");

test.runIf(possible)(
  "a full disk is an error that says so: what was acknowledged stays, and it goes on when there is room",
  async () => {
    const disk = join(temporaryDirectory(), "disk");
    mkdirSync(disk);
    // Its directory is on a disk of 8 MiB; the rest of the machine is as it is. A line on its input frees the ballast.
    const script = `mount -t tmpfs -o size=8m none "$0" && head -c 1000000 /dev/zero > "$0/ballast" || exit 1
      "$1" --conditions=source "$2" "$0/data" & read line; rm "$0/ballast"; echo freed; read line; kill $!; wait $!
      "$1" -e 'const { DatabaseSync } = require("node:sqlite");
        console.log(new DatabaseSync(process.argv[1] + "/data/devbox.db").prepare("PRAGMA integrity_check").get().integrity_check)' "$0"`;
    const child = spawn("unshare", [...PRIVATE_MOUNTS, "sh", "-c", script, disk, process.execPath, DEVBOX_PROGRAM], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = async () => (await lines.next()).value as string;
    const client = devboxClient(JSON.parse(await line()) as { endpoint: string });

    const acknowledged: string[] = [];
    const fill = async () => {
      for (;;) {
        const name = `run${acknowledged.length}`;
        await client.runSpec(sleepTask(0), { name });
        acknowledged.push(name);
      }
    };
    await expect(fill()).rejects.toMatchObject({
      code: Code.ResourceExhausted,
      message: expect.stringContaining(`no space left on the disk of ${disk}/data`),
    });
    expect(acknowledged.length).toBeGreaterThan(3);
    const phaseOf = async (name: string) => {
      const { details } = await client.runs.getRunDetails({ runId: { ...client.scope, name } });
      return details?.action?.status?.phase;
    };
    for (const name of acknowledged) expect(await phaseOf(name), name).toBeDefined();
    const upload = { ...client.scope, filename: "large", filenameRoot: "root" };
    const { signedUrl } = await client.data.createUploadLocation(upload);
    const refused = await fetch(signedUrl, { method: "PUT", body: new Uint8Array(2_000_000) });
    expect([refused.status, await refused.text()]).toEqual([507, expect.stringContaining("no space left")]);

    child.stdin.write("\n");
    expect(await line()).toBe("freed");
    const later = await client.runSpec(sleepTask(0), { name: "later" });
    expect(await client.end(later)).toMatchObject({ phase: "SUCCEEDED" });
    for (const name of acknowledged) {
      await expect.poll(() => phaseOf(name), { timeout: 10_000 }).toBe(ActionPhase.SUCCEEDED);
    }
    child.stdin.write("\n");
    expect(await line()).toBe("ok");
  },
  60_000,
);
