import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { IdentityService } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import { describe, expect, it } from "vitest";
import { createConnection } from "./connection.ts";
import { Runs } from "./runs.ts";
import { Users } from "./users.ts";

const connect = (transport: ReturnType<typeof createRouterTransport>) =>
  createConnection({ endpoint: "http://plane", project: "p", domain: "d", transport });

describe("retries", () => {
  it("repeat a read while the plane is unavailable, inside the deadline", async () => {
    let calls = 0;
    const connection = connect(
      createRouterTransport(({ service }) => {
        service(IdentityService, {
          userInfo() {
            if (++calls < 3) throw new ConnectError("starting", Code.Unavailable);
            return { subject: "s" };
          },
        });
      }),
    );
    await expect(new Users(connection).me()).resolves.toMatchObject({ subject: "s" });
    expect(calls).toBe(3);
    calls = 0;
    await expect(new Users(connection).me({ timeoutMs: 20 })).rejects.toMatchObject({ code: "unavailable" });
    expect(calls).toBe(1);
  });

  it("never repeat a call that changes something, nor one refused for another reason", async () => {
    const calls = { abort: 0, get: 0 };
    const connection = connect(
      createRouterTransport(({ service }) => {
        service(RunService, {
          abortRun() {
            calls.abort++;
            throw new ConnectError("starting", Code.Unavailable);
          },
          getRunDetails() {
            calls.get++;
            throw new ConnectError("no", Code.PermissionDenied);
          },
        });
      }),
    );
    const runs = new Runs(connection);
    await expect(runs.abort("r", "why")).rejects.toMatchObject({ code: "unavailable" });
    await expect(runs.get("r")).rejects.toMatchObject({ code: "permission_denied" });
    expect(calls).toEqual({ abort: 1, get: 1 });
  });
});

describe("clusters", () => {
  const at = (endpoint: string, cluster: string) => createConnection({ endpoint }).at(cluster).origin;

  it("are this plane itself when the answer is empty or names its own host", () => {
    expect(at("http://plane:1", "")).toBe("http://plane:1");
    expect(at("https://plane", "http://plane")).toBe("https://plane");
  });

  it("are reached where the plane says, but never over plain HTTP from a TLS plane", () => {
    expect(at("https://plane", "dns:///cluster-1")).toBe("https://cluster-1");
    expect(at("https://plane", "http://cluster-1")).toBe("https://plane");
    expect(at("http://plane", "http://cluster-1")).toBe("http://cluster-1");
  });
});

describe("a stream", () => {
  it("is closed on the wire as soon as nobody reads it", async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const server = createServer((request, response) => {
      closed = once(request.socket, "close");
      response.writeHead(200, { "content-type": "application/connect+proto" });
      // An empty message: no flags, no bytes.
      response.write(Buffer.alloc(5));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const connection = createConnection({ endpoint: `http://127.0.0.1:${port}`, project: "p", domain: "d" });
    const watch = connection.stream(AppService.method.watch, {});
    for await (const _ of watch) break;
    await closed;
    await connection.close();
    server.close();
  });
});
