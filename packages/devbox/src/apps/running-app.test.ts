import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Status_DeploymentStatus as Status } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { describe, expect, test, vi } from "vitest";
import { appProcesses } from "../testing/process-tree.ts";
import { answering, handling } from "../testing/served-code.ts";
import { temporaryApps } from "../testing/temporary-apps.ts";
import { freePort } from "./free-port.ts";

const get = async (url: string) => {
  const answer = await fetch(url);
  return [answer.status, await answer.text()];
};
const detail = async (url: string) => {
  const answer = await fetch(url);
  return [answer.status, ((await answer.json()) as { detail: string }).detail];
};

describe("revisions", () => {
  test("are replaced under load without one refused request", async () => {
    const { deploy, until } = temporaryApps();
    const app = await deploy({ code: answering("v1") });
    await until(app, "ACTIVE");
    const seen: Record<string, number> = {};
    let going = true;
    const callers = Array.from({ length: 4 }, async () => {
      while (going) {
        const [status, body] = await get(app.publicUrl).catch((error) => ["error", String(error.cause ?? error)]);
        seen[`${status} ${body}`] = (seen[`${status} ${body}`] ?? 0) + 1;
      }
    });
    await vi.waitFor(() => expect(seen).toHaveProperty("200 v1"));
    for (const version of ["v2", "v3"]) {
      await deploy({ code: answering(version) });
      await vi.waitFor(() => expect(seen).toHaveProperty(`200 ${version}`), { timeout: 10_000 });
    }
    going = false;
    await Promise.all(callers);
    expect(Object.keys(seen).sort()).toEqual(["200 v1", "200 v2", "200 v3"]);
  });

  test("let an answer that has begun end, up to the time for it", async () => {
    const { deploy, until, dir } = temporaryApps({ timing: { drainMs: 400 } });
    const slow = handling(
      `response.write("begun "); setTimeout(() => response.end("done"), Number(request.url.slice(1)))`,
    );
    const app = await deploy({ code: slow });
    await until(app, "ACTIVE");
    const short = await fetch(`${app.publicUrl}/150`);
    const long = expect((await fetch(`${app.publicUrl}/60000`)).text()).rejects.toThrow();
    await deploy({ code: answering("v2") });
    expect(await short.text()).toBe("begun done");
    await long;
    await vi.waitFor(() => expect(appProcesses(dir)).toHaveLength(1));
    expect(await get(app.publicUrl)).toEqual([200, "v2"]);
  });

  test("that start or fail leave the one before in its place, and the conditions say so", async () => {
    const { deploy, until } = temporaryApps({ timing: { startMs: 800 } });
    const conditions = () => app.status.conditions.map(({ deploymentStatus }) => Status[deploymentStatus]);
    const app = await deploy({ code: answering("v1") });
    await until(app, "ACTIVE");
    await deploy({ code: "console.error('no such setting'); setInterval(() => {}, 1000)" });
    expect(conditions()).toEqual(["PENDING", "PENDING", "DEPLOYING"]);
    expect(await get(app.publicUrl)).toEqual([200, "v1"]);
    await vi.waitFor(() => expect(conditions()).toEqual(["FAILED", "FAILED", "DEPLOYING"]), { timeout: 10_000 });
    expect(app.status.conditions[0]?.message).toMatch(
      /^The new revision failed, the one before it serves on. The app did not listen [\s\S]*no such setting$/,
    );
    expect(app.status).toMatchObject({ currentReplicas: 1, ingress: { publicUrl: app.publicUrl } });
    expect(await get(app.publicUrl)).toEqual([200, "v1"]);
    await deploy({ code: answering("v3") });
    await until(app, "ACTIVE");
    expect(await get(app.publicUrl)).toEqual([200, "v3"]);
  });

  test("that failed do not keep the one before from coming back after a crash", async () => {
    const { deploy, until } = temporaryApps({ timing: { backoffMs: 500 } });
    const app = await deploy({ code: handling(`if (request.url === "/die") process.exit(1); response.end("v1");`) });
    await until(app, "ACTIVE");
    await deploy({ command: ["no-such-program"] });
    await until(app, "DEPLOYING");
    await vi.waitFor(() => expect(app.status.conditions[0]?.message).toContain("was not found"));
    expect((await fetch(`${app.publicUrl}/die`)).status).toBe(502);
    await vi.waitFor(() => expect(app.status.currentReplicas).toBe(0));
    expect(await get(app.publicUrl)).toEqual([200, "v1"]);
  });
});

describe("an app that crashes", () => {
  test("is started again; two crashes in a row are a failure with its last lines, until it serves", async () => {
    const { deploy, until, dir } = temporaryApps();
    const code = `
      const fs = require("node:fs");
      fs.appendFileSync("starts", "x");
      if (fs.readFileSync("starts").length < 4) { console.error("no luck today"); process.exit(7); }
      ${answering("at last")}`;
    const app = await deploy({ code });
    expect(await until(app, "FAILED")).toBe(
      "The app's process exited with code 7 before it listened on its port. Last lines of its log:\nno luck today",
    );
    expect(await detail(app.publicUrl)).toEqual([
      503,
      expect.stringMatching(/^App \S+ has failed: .*code 7.*\nno luck/),
    ]);
    await until(app, "ACTIVE");
    expect(await get(app.publicUrl)).toEqual([200, "at last"]);
    expect(appProcesses(dir)).toHaveLength(1);
  });

  test("after it served: the answer is broken, the next caller waits for its successor", async () => {
    const { deploy, until } = temporaryApps();
    const app = await deploy({
      code: handling(`if (request.url !== "/die") return response.end("pid " + process.pid);
        response.write("half"); setTimeout(() => process.exit(1), 20);`),
    });
    await until(app, "ACTIVE");
    const [, before] = await get(app.publicUrl);
    const dying = await fetch(`${app.publicUrl}/die`);
    await expect(dying.text()).rejects.toThrow();
    await vi.waitFor(async () => expect(await get(app.publicUrl)).toEqual([200, expect.stringMatching(/^pid/)]));
    expect((await get(app.publicUrl))[1]).not.toBe(before);
  });

  test("again and again is tried at longer and longer intervals", async () => {
    const { deploy, until } = temporaryApps({ timing: { backoffMs: 60, backoffMaxMs: 240 } });
    const app = await deploy({ command: ["sh", "-c", "date +%s%3N; exit 1"] });
    await until(app, "FAILED");
    const starts = async () => {
      return readFileSync(app.logFile ?? "", "utf8")
        .trim()
        .split("\n")
        .map(Number);
    };
    await vi.waitFor(async () => expect((await starts()).length).toBeGreaterThan(5), { timeout: 8000 });
    const times = await starts();
    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    // A process takes its time to start on top of the pause, never less.
    for (const [index, least] of [60, 120, 240, 240, 240].entries()) {
      expect(pauses[index], String(pauses)).toBeGreaterThanOrEqual(least - 2);
    }
  });

  test("takes with it what it started", async () => {
    const { deploy, until, dir } = temporaryApps();
    const app = await deploy({ command: ["sh", "-c", "sleep 600 & exit 1"] });
    await until(app, "FAILED");
    await deploy({ stopped: true });
    await vi.waitFor(() => expect(appProcesses(dir)).toEqual([]));
  });
});

describe("an app that does not start", () => {
  test("since it listens nowhere has failed when its time is over, and its process is ended", async () => {
    const { deploy, until, dir } = temporaryApps({ timing: { startMs: 300, backoffMs: 60_000 } });
    const app = await deploy({ code: "console.log('thinking'); setInterval(() => {}, 1000)", port: 8080 });
    expect(await until(app, "FAILED")).toMatch(
      /^The app did not listen on PORT=\d+ or its declared port 8080 within 0.3 s. Last lines of its log:\nthinking$/,
    );
    expect(appProcesses(dir)).toEqual([]);
  });

  test("since its program is not there says how to get it", async () => {
    const { deploy, until } = temporaryApps();
    const app = await deploy({ command: ["no-such-server", "--fast"], image: "ours:1" });
    expect(await until(app, "FAILED")).toMatch(/^"no-such-server" was not found.* image ours:1: install/);
    const none = await deploy({ name: "none", command: [] });
    expect(await until(none, "FAILED")).toMatch(/^The app has no command/);
    const broken = await deploy({ name: "broken", command: ["node", "a\0b"] });
    expect(await until(broken, "FAILED")).toMatch(/^"node" could not be started: .*without null bytes/);
  });

  test("since the devbox cannot write its log says so, and starts when it can", async () => {
    const { deploy, until, dir, id } = temporaryApps();
    const log = join(dir, "apps/flytesnacks/development", id.name, "1.log");
    mkdirSync(log, { recursive: true });
    const app = await deploy({ code: answering("here") });
    expect(await until(app, "FAILED")).toMatch(/^The devbox could not run the app: EISDIR/);
    rmSync(log, { recursive: true });
    await until(app, "ACTIVE");
    expect(await get(app.publicUrl)).toEqual([200, "here"]);
  });

  test("keeps its callers waiting for its request time-out, not longer", async () => {
    const { deploy } = temporaryApps();
    const app = await deploy({ code: "setInterval(() => {}, 1000)", requestTimeoutMs: 100 });
    const message = `App ${app.name} did not start within its request time-out, 0.1 s`;
    expect(await detail(app.publicUrl)).toEqual([504, message]);
  });

  test("yet serves those who came before it did", async () => {
    const { deploy } = temporaryApps();
    const app = await deploy({ code: answering("here") });
    expect(await Promise.all([get(app.publicUrl), get(app.publicUrl)])).toEqual([
      [200, "here"],
      [200, "here"],
    ]);
  });
});

describe("an app on the port it declares", () => {
  test("gives it to its successor; callers wait meanwhile", async () => {
    const { deploy, until, dir } = temporaryApps();
    const port = await freePort();
    const fixed = (body: string) => answering(body).replace("process.env.PORT", String(port));
    const app = await deploy({ code: fixed("one"), port });
    await until(app, "ACTIVE");
    await deploy({ code: fixed("two"), port });
    expect(await get(app.publicUrl)).toEqual([200, "two"]);
    expect(appProcesses(dir)).toHaveLength(1);
  });
});

describe("deactivated", () => {
  test("it has no process and refuses; activated, it is at the same address", async () => {
    const { deploy, until, dir } = temporaryApps();
    const app = await deploy({ code: answering("here") });
    await until(app, "ACTIVE");
    const url = app.publicUrl;
    await deploy({ code: answering("here"), stopped: true });
    await until(app, "STOPPED");
    expect(await detail(url)).toEqual([503, `App ${app.name} is stopped`]);
    await vi.waitFor(() => expect(appProcesses(dir)).toEqual([]));
    await deploy({ code: answering("here") });
    await until(app, "ACTIVE");
    expect(app.publicUrl).toBe(url);
    expect(await get(url)).toEqual([200, "here"]);
  });

  test("one that ignores SIGTERM is ended all the same", async () => {
    const { deploy, until, dir } = temporaryApps({ timing: { graceMs: 100 } });
    const app = await deploy({ code: `${handling("response.end()")} process.on("SIGTERM", () => {})` });
    await until(app, "ACTIVE");
    await deploy({ stopped: true });
    await vi.waitFor(() => expect(appProcesses(dir)).toEqual([]));
  });

  test("a process that dies while its last answers end is not started again", async () => {
    const { deploy, until, dir } = temporaryApps({ timing: { backoffMs: 1 } });
    const app = await deploy({
      code: `require("node:fs").appendFileSync(process.env.STARTS, "x"); ${handling(
        `response.write("begun"); if (request.url === "/die") setTimeout(() => process.exit(1), 150);`,
      )}`,
      env: { STARTS: `${dir}/starts` },
    });
    await until(app, "ACTIVE");
    const answer = await fetch(`${app.publicUrl}/die`);
    await deploy({ stopped: true });
    await expect(answer.text()).rejects.toThrow();
    await vi.waitFor(() => expect(appProcesses(dir)).toEqual([]));
    await sleep(100);
    expect(readFileSync(`${dir}/starts`, "utf8")).toBe("x");
  });
});

test("closing cuts open answers and upgraded connections, and leaves no process", async () => {
  const { deploy, until, dir, close } = temporaryApps({ timing: { drainMs: 60_000 } });
  const app = await deploy({
    code: `
      require("node:child_process").spawn("sleep", ["600"]);
      const server = require("node:http").createServer((request, response) => response.write("begun"));
      server.on("upgrade", (request, socket) => socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: x\\r\\nConnection: Upgrade\\r\\n\\r\\n"));
      server.listen(process.env.PORT, "127.0.0.1");`,
  });
  await until(app, "ACTIVE");
  const answer = await fetch(app.publicUrl);
  const socket = connect(Number(new URL(app.publicUrl).port), "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  await once(socket, "data");
  expect(appProcesses(dir)).toHaveLength(2);
  const ended = Promise.all([answer.text().catch(() => "cut"), text(socket).catch(() => "cut")]);
  await close();
  expect((await ended)[0]).toBe("cut");
  expect(appProcesses(dir)).toEqual([]);
  await expect(fetch(app.publicUrl)).rejects.toThrow();
}, 10_000);
