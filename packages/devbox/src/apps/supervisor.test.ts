import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { appProcesses } from "../testing/process-tree.ts";
import { answering } from "../testing/served-code.ts";
import { temporaryApps } from "../testing/temporary-apps.ts";
import { temporaryDirectory } from "../testing/temporary-devbox.ts";
import { appRedirect } from "./app-redirect.ts";
import { DIRECTORY_VARIABLE } from "./orphans.ts";

const body = async (url: string, init?: RequestInit) => (await fetch(url, init)).text();

describe("the public address", () => {
  test("is the same after a restart, for apps that are active and for those that are stopped", async () => {
    const first = temporaryApps();
    const app = await first.deploy({ code: answering("here") });
    const otherId = { ...first.id, name: `${first.id.name}-2` };
    const other = await first.deploy({ name: otherId.name, stopped: true });
    await first.until(app, "ACTIVE");
    const urls = [app.publicUrl, other.publicUrl];
    await first.close();

    const { supervisor, until, log } = temporaryApps({ dir: first.dir });
    await supervisor.start();
    const back = [supervisor.get(first.id), supervisor.get(otherId)];
    expect(back.map((one) => one?.publicUrl)).toEqual(urls);
    expect(await body(urls[0] ?? "")).toBe("here");
    expect((await fetch(urls[1] ?? "")).status).toBe(503);
    if (back[1]) await until(back[1], "STOPPED");
    expect(log).toEqual([]);
  });

  test("is another one, told in one line and kept from then on, when another program took the port", async () => {
    const first = temporaryApps();
    const app = await first.deploy({ code: answering("here") });
    const { port } = new URL(app.publicUrl);
    await first.close();
    const taker = createServer((_, response) => response.end("taker")).listen(Number(port), "127.0.0.1");
    onTestFinished(() => void taker.close());
    await once(taker, "listening");

    const second = temporaryApps({ dir: first.dir });
    await second.supervisor.start();
    const url = second.supervisor.get(first.id)?.publicUrl ?? "";
    expect(url).not.toBe(app.publicUrl);
    expect(second.log).toEqual([`App ${app.name}: port ${port} is taken by another program; it is at ${url} now`]);
    expect([await body(url), await body(app.publicUrl)]).toEqual(["here", "taker"]);
    await second.close();

    const third = temporaryApps({ dir: first.dir });
    await third.supervisor.start();
    expect([third.supervisor.get(first.id)?.publicUrl, third.log]).toEqual([url, []]);
  });

  test("goes with the app when it is deleted, and so does its process", async () => {
    const { deploy, until, supervisor, dir, id } = temporaryApps();
    const app = await deploy({ code: answering("here") });
    await until(app, "ACTIVE");
    await supervisor.delete(id);
    expect(supervisor.get(id)).toBeUndefined();
    expect(appProcesses(dir)).toEqual([]);
    await expect(fetch(app.publicUrl)).rejects.toThrow();
  });
});

describe("processes", () => {
  test.each([0, 1, 2, 3, 5, 8])(
    "none is started by what was under way when it closed, %i turns later",
    async (turns) => {
      const first = temporaryApps();
      const names = ["one", "two", "three"].map((name) => `${first.id.name}-${name}`);
      const before = await Promise.all(names.map((name) => first.deploy({ name, stopped: true })));
      for (const name of names) await first.deploy({ name, code: answering(name) });
      await first.close();

      const second = temporaryApps({ dir: first.dir });
      const starting = second.supervisor.start();
      const deploying = second.deploy({ code: answering("four") }).catch((error) => error.message);
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      await second.close();
      await starting;
      const four = await deploying;
      expect(appProcesses(first.dir)).toEqual([]);
      for (const app of [...before, four]) {
        if (app === "[unavailable] the devbox is being stopped") continue;
        await expect(fetch(app.publicUrl), app.name).rejects.toThrow();
      }
    },
  );

  test.each([0, 1, 2, 3])(
    "none is started for an app that is deleted while it is made, %i turns later",
    async (turns) => {
      const { deploy, supervisor, dir, id } = temporaryApps();
      const deploying = deploy({ code: answering("here") });
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      while (!supervisor.get(id)) await Promise.resolve();
      await supervisor.delete(id);
      const app = await deploying;
      await setImmediate();
      expect(appProcesses(dir)).toEqual([]);
      await expect(fetch(app.publicUrl)).rejects.toThrow();
    },
  );

  test("of two specs written at once the later one runs", async () => {
    const { deploy, until, dir } = temporaryApps();
    const [app] = await Promise.all([deploy({ code: answering("one") }), deploy({ code: answering("two") })]);
    await until(app, "ACTIVE");
    await vi.waitFor(async () => expect(await body(app.publicUrl)).toBe("two"));
    await vi.waitFor(() => expect(appProcesses(dir)).toHaveLength(1));
  });

  test.runIf(process.platform === "linux")(
    "left behind without a record, or without their leader, are ended before an app starts",
    async () => {
      const dir = temporaryDirectory();
      const leave = (directory: string, command: string) =>
        spawn("sh", ["-c", command], { detached: true, stdio: "ignore", env: { [DIRECTORY_VARIABLE]: directory } });
      const orphan = leave(dir, "exec sleep 600");
      const leader = leave(dir, "sleep 600 & exit 0");
      const stranger = leave(`${dir}-other`, "exec sleep 600");
      onTestFinished(() => void stranger.kill("SIGKILL"));
      await once(leader, "exit");
      await vi.waitFor(() => expect(appProcesses(dir)).toHaveLength(2));

      const { supervisor, deploy, until } = temporaryApps({ dir });
      const starting = supervisor.start();
      const app = await deploy({ code: answering("here") });
      await starting;
      await until(app, "ACTIVE");
      expect(orphan.signalCode).toBe("SIGKILL");
      expect(appProcesses(dir)).toHaveLength(1);
      expect(appProcesses(`${dir}-other`)).toEqual([stranger.pid]);
    },
  );
});

describe("/apps/{project}/{domain}/{name}", () => {
  async function redirecting() {
    const apps = temporaryApps();
    const route = appRedirect(apps.supervisor);
    const server = createServer((request, response) => {
      if (route.handles(request)) return void route.handle(request, response);
      response.writeHead(418).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    return { ...apps, port, url: `http://127.0.0.1:${port}` };
  }

  test("sends a caller on, with method, body, path and query", async () => {
    const { deploy, url, id } = await redirecting();
    const code = `require("node:http").createServer((request, response) => {
      response.write(request.method + " " + request.url + " "); request.pipe(response);
    }).listen(process.env.PORT, "127.0.0.1")`;
    const app = await deploy({ code });
    const base = `${url}/apps/flytesnacks/development/${id.name}`;
    expect(await body(`${base}/run/a%2Fb?x=1&y`, { method: "POST", body: "echo" })).toBe("POST /run/a%2Fb?x=1&y echo");
    expect(await body(base)).toBe("GET / ");
    expect(await body(`${base}?x=1`)).toBe("GET /?x=1 ");
    const answer = await fetch(`${base}//other.example/x`, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([307, `${app.publicUrl}//other.example/x`]);
  });

  test("knows no app that is not there, and nothing else", async () => {
    const { url, port } = await redirecting();
    expect((await fetch(`${url}/apps/flytesnacks/development/none/x`)).status).toBe(404);
    expect((await fetch(`${url}/apps/flytesnacks/development`)).status).toBe(418);
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /apps/a/b/%0d%0ax: HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    expect(await text(socket)).toContain(" 404 ");
  });
});
