import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync, gzipSync } from "node:zlib";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { tarPadding } from "@flyte-webhook/core/ustar";
import { SecretService } from "@flyte-webhook/idl/flyteidl2/secret/secret";
import { expect, test } from "vitest";
import { startDevbox } from "../devbox.ts";
import { devboxClient } from "../testing/devbox-client.ts";
import { shellTask, sleepTask } from "../testing/shell-task.ts";
import { temporaryDevbox, temporaryDirectory } from "../testing/temporary-devbox.ts";
import { exportState } from "./export-state.ts";
import { importState } from "./import-state.ts";
import { entryHeader } from "./tar-entries.ts";

const WRITES = "echo told; printf 'held' > $prefix/held.txt";

test("what a running devbox holds is there in another directory, at another port, with addresses of that one", async () => {
  const { client, dir, devbox } = await temporaryDevbox();
  const ended = await client.runSpec(shellTask(WRITES));
  await client.end(ended);
  const open = await client.runSpec(shellTask("sleep 30"));
  await client.phase(open, "RUNNING");
  const waiting = await client.runSpec(sleepTask(3600));
  const file = join(temporaryDirectory(), "state.tar.gz");
  const exported = await exportState({ dir, file });
  expect(exported.files).toBeGreaterThan(2);
  await devbox.close();
  rmSync(dir, { recursive: true });

  const target = join(temporaryDirectory(), "new");
  expect(await importState({ file, dir: target })).toMatchObject({ dir: target, secrets: false });
  const db = new DatabaseSync(join(target, "devbox.db"));
  for (const table of ["actions", "tasks", "apps", "triggers"]) {
    for (const row of db.prepare(`SELECT * FROM ${table}`).all()) {
      for (const value of Object.values(row)) {
        const text = value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value);
        expect(text).not.toContain(dir);
      }
    }
  }
  db.close();
  const other = await temporaryDevbox({ dir: target });
  expect(await other.client.logs(ended)).toContain("told");
  const { inputsUri } = await other.client.runs.getActionDataURIs({
    actionId: { run: { ...other.client.scope, name: ended }, name: "a0" },
  });
  expect(inputsUri.startsWith(`file://${target}/`)).toBe(true);
  expect(existsSync(inputsUri.slice("file://".length))).toBe(true);
  // What ran begins anew, and what was queued goes on.
  await other.client.phase(open, "RUNNING");
  await other.client.phase(waiting, "RUNNING");
  expect(await other.client.end(await other.client.runSpec(shellTask("true")))).toMatchObject({ phase: "SUCCEEDED" });
});

test("secrets and keys stay at home unless they are asked for", async () => {
  const { dir, devbox } = await temporaryDevbox();
  const secrets = createClient(SecretService, createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" }));
  const value = "s3cr3t-of-the-export";
  await secrets.createSecret({
    id: { name: "token" },
    secretSpec: { value: { case: "stringValue", value } },
  });
  const out = temporaryDirectory();
  const held = async (withSecrets: boolean) => {
    const file = join(out, `${withSecrets}.tar.gz`);
    await exportState({ dir, file, withSecrets });
    return gunzipSync(readFileSync(file)).includes(value);
  };
  expect(await held(false)).toBe(false);
  expect(await held(true)).toBe(true);
  expect(readdirSync(out).sort()).toEqual(["false.tar.gz", "true.tar.gz"]);
  const target = join(out, "with");
  expect(await importState({ file: join(out, "true.tar.gz"), dir: target })).toMatchObject({ secrets: true });
});

async function exported(): Promise<string> {
  const dir = temporaryDirectory();
  const devbox = await startDevbox({ dir, port: 0 });
  const client = devboxClient(devbox);
  await client.end(await client.runSpec(shellTask("true")));
  await devbox.close();
  const file = join(temporaryDirectory(), "state.tar.gz");
  await exportState({ dir, file });
  return file;
}

test("what is damaged, foreign or newer is refused, and nothing is left behind", async () => {
  const file = await exported();
  const bytes = readFileSync(file);
  const plain = gunzipSync(bytes);
  const entry = (path: string, text: string) =>
    Buffer.concat([
      entryHeader({ path, size: text.length, executable: false }),
      Buffer.from(text),
      tarPadding(text.length),
    ]);
  const manifest = plain.toString("utf8", 512, plain.indexOf(0, 512));
  const rest = plain.subarray(512 + Math.ceil(manifest.length / 512) * 512);
  const flipped = Buffer.from(plain);
  const at = plain.length - 4096;
  flipped[at] = (flipped[at] as number) ^ 1;
  const inDatabase = Buffer.from(plain);
  inDatabase[8192] = (inDatabase[8192] as number) ^ 1;
  const link = Buffer.from(entryHeader({ path: "runs/link", size: 0, executable: false }));
  const cases: (readonly [what: string, archive: Buffer, message: RegExp])[] = [
    ["cut", bytes.subarray(0, bytes.length / 2), /unexpected end of file|too early/],
    ["no archive", Buffer.from("no archive at all"), /header/],
    ["a changed file", gzipSync(inDatabase), /checksum|damaged/],
    [
      "newer",
      gzipSync(Buffer.concat([entry("manifest.json", manifest.replace(/"format": 1/, '"format": 2')), rest])),
      /newer/,
    ],
    [
      "a newer schema",
      gzipSync(Buffer.concat([entry("manifest.json", manifest.replace(/"schema": \d+/, '"schema": 9999')), rest])),
      /newer/,
    ],
    ...["../outside", "/etc/outside", "runs/../../outside", "config.yaml", "lock.db", "runs/./a", "runs//a"].map(
      (path) =>
        [
          path,
          gzipSync(Buffer.concat([entry("manifest.json", manifest), entry(path, "x"), rest])),
          /no path of a devbox's state/,
        ] as const,
    ),
    ["a link", gzipSync(Buffer.concat([entry("manifest.json", manifest), asLink(link), rest])), /no regular file/],
  ];
  const parent = temporaryDirectory();
  for (const [what, archive, message] of cases) {
    const bad = join(temporaryDirectory(), "bad.tar.gz");
    writeFileSync(bad, archive);
    await expect(importState({ file: bad, dir: join(parent, "new") }), what).rejects.toMatchObject({
      code: "invalid_config",
      message: expect.stringMatching(message),
    });
    expect(readdirSync(parent), what).toEqual([]);
  }
  expect(await importState({ file, dir: join(parent, "new") })).toMatchObject({ secrets: false });
});

/** The same header of a symbolic link, with its checksum. */
function asLink(header: Buffer): Buffer {
  const link = Buffer.from(header);
  link.write("2", 156);
  link.write("        ", 148);
  const sum = link.reduce((total, byte) => total + byte, 0);
  link.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return link;
}

test("a directory that holds something is left alone, and one that is no devbox's is not exported", async () => {
  const file = await exported();
  const dir = temporaryDirectory();
  writeFileSync(join(dir, "mine"), "");
  await expect(importState({ file, dir })).rejects.toMatchObject({ code: "invalid_config" });
  expect(readdirSync(dir)).toEqual(["mine"]);
  await expect(exportState({ dir, file })).rejects.toMatchObject({ code: "invalid_config" });
  const empty = join(dir, "empty");
  mkdirSync(empty);
  expect(await importState({ file, dir: empty })).toMatchObject({ dir: empty });
});
