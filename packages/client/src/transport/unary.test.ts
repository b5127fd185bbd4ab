import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { UserInfoResponseSchema } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { afterEach, describe, expect, it } from "vitest";
import { createConnection } from "../connection.ts";
import { Users } from "../users.ts";

const servers: Server[] = [];
const connections: ReturnType<typeof createConnection>[] = [];
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A peer that answers each request as told; returns a client of it and what it has received. */
async function peer(
  answer: (request: IncomingMessage, response: ServerResponse, socket: Socket, count: number) => void,
) {
  const requests: { path: string; headers: IncomingMessage["headers"] }[] = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? "", headers: request.headers });
    request.resume().on("end", () => answer(request, response, request.socket, requests.length));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const connection = createConnection({ endpoint: `http://127.0.0.1:${port}`, maxResponseBytes: 1000 });
  connections.push(connection);
  return { users: new Users(connection), requests, port };
}

const ada = toBinary(UserInfoResponseSchema, create(UserInfoResponseSchema, { subject: "s", name: "Ada" }));
const ok = (response: ServerResponse) => response.setHeader("content-type", "application/proto").end(ada);
const connectError = (response: ServerResponse, status: number, code: string, message = "no") =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ code, message }));

describe("unary calls", () => {
  it("speak Connect's unary protocol and carry the caller's credentials verbatim", async () => {
    const { users, requests } = await peer((_, response) => ok(response));
    const user = await users.me({ caller: { authorization: "Bearer t", cookie: "a=b" }, timeoutMs: 1234 });
    expect(user).toMatchObject({ subject: "s", name: "Ada" });
    expect(requests[0]).toMatchObject({
      path: "/flyteidl2.auth.IdentityService/UserInfo",
      headers: {
        "content-type": "application/proto",
        "connect-protocol-version": "1",
        "connect-timeout-ms": "1234",
        authorization: "Bearer t",
        cookie: "a=b",
      },
    });
  });

  it.each([
    ["a Connect error", 404, "not_found", "not_found"],
    ["an unknown code", 418, "teapot", "unknown"],
  ])("turn %s into its code", async (_, status, code, expected) => {
    const { users } = await peer((_request, response) => connectError(response, status, code));
    await expect(users.me()).rejects.toMatchObject({ code: expected });
  });

  it.each([
    [401, "unauthenticated"],
    [403, "permission_denied"],
    [404, "unimplemented"],
    [429, "unavailable"],
    [502, "unavailable"],
    [500, "unknown"],
  ])("read HTTP %i without a Connect error as %s", async (status, code) => {
    const { users } = await peer((_, response) =>
      response.writeHead(status, { "content-type": "text/html" }).end("<html>"),
    );
    await expect(users.me()).rejects.toMatchObject({ code });
  });

  it.each([
    ["a Connect error", "application/json", '{"code":"resource_exhausted","message":"slow down"}'],
    ["what is none", "text/html", "<html>"],
  ])("keep when the peer wants to be asked again, of %s", async (_, type, body) => {
    const { users } = await peer((_request, response) =>
      response.writeHead(429, { "content-type": type, "Retry-After": "30" }).end(body),
    );
    const error = (await users.me().catch((thrown: unknown) => thrown)) as { cause: { metadata: Headers } };
    expect(error.cause.metadata.get("retry-after")).toBe("30");
  });

  it("end at their deadline when the peer hangs", async () => {
    const { users } = await peer(() => {});
    await expect(users.me({ timeoutMs: 50 })).rejects.toMatchObject({ code: "deadline_exceeded" });
  });

  it("end at their deadline when the answer trickles", async () => {
    const { users } = await peer((_, response) => {
      response.writeHead(200, { "content-type": "application/proto" });
      const timer = setInterval(() => response.write("a"), 10);
      response.on("close", () => clearInterval(timer));
    });
    await expect(users.me({ timeoutMs: 80 })).rejects.toMatchObject({ code: "deadline_exceeded" });
  });

  it("end when their signal is aborted, before or during the call", async () => {
    const { users, requests } = await peer(() => {});
    await expect(users.me({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "canceled" });
    const controller = new AbortController();
    const call = users.me({ signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(call).rejects.toMatchObject({ code: "canceled" });
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  it("refuse an answer beyond the size limit", async () => {
    const { users } = await peer((_, response) =>
      response.writeHead(200, { "content-type": "application/proto" }).end(Buffer.alloc(5000)),
    );
    await expect(users.me()).rejects.toMatchObject({ code: "resource_exhausted" });
  });

  it("tell bytes that do not decode, and a wrong content type, as internal", async () => {
    const garbage = await peer((_, response) =>
      response.setHeader("content-type", "application/proto").end(Buffer.from([255])),
    );
    await expect(garbage.users.me()).rejects.toMatchObject({ code: "internal" });
    const html = await peer((_, response) => response.setHeader("content-type", "text/html").end("<html>"));
    await expect(html.users.me()).rejects.toMatchObject({ code: "internal" });
  });

  it("are unavailable when nobody listens or the connection breaks", async () => {
    const { users } = await peer((_, response, socket, count) => (count <= 3 ? socket.destroy() : ok(response)));
    await expect(users.me()).rejects.toMatchObject({ code: "unavailable" });
    const gone = createConnection({ endpoint: "http://127.0.0.1:9" });
    connections.push(gone);
    await expect(new Users(gone).me()).rejects.toMatchObject({ code: "unavailable" });
  });
});
