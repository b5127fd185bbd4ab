/** A webhook of real sockets on both sides, called with a Flyte API key: what comes out is its client's own identity. */
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGuardedPlane } from "../packages/client/src/testing/guarded-plane.ts";
import { startWebhook } from "./webhook.ts";

const CLIENTS = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`client-${index}`, `secret-${index}`]));
let plane: Awaited<ReturnType<typeof startGuardedPlane>>;
let webhook: Awaited<ReturnType<typeof startWebhook>>;

beforeAll(async () => {
  plane = await startGuardedPlane({ clients: CLIENTS, delayMs: 20 });
  webhook = await startWebhook({ controlPlane: plane.origin, project: "p", domain: "d" });
});
afterAll(async () => {
  await webhook.close();
  await plane.close();
});

const keyOf = (id: string, secret: string | undefined, host = `localhost:${plane.port}`) =>
  Buffer.from(`${host}:${id}:${secret}:acme`).toString("base64");

async function me(key: string): Promise<{ status: number; body: { subject?: string; detail?: unknown } }> {
  const answer = await fetch(`${webhook.origin}/me`, { headers: { authorization: `Bearer ${key}` } });
  return { status: answer.status, body: (await answer.json()) as { subject?: string } };
}

test("400 interleaved requests of 20 clients are each answered for their own client, with one exchange a client", async () => {
  const requests = Array.from({ length: 400 }, async (_, index) => {
    const id = `client-${index % 20}`;
    const { status, body } = await me(keyOf(id, CLIENTS[id]));
    expect([status, body.subject]).toEqual([200, id]);
  });
  await Promise.all(requests);
  expect(plane.granted("client_credentials")).toBe(20);

  plane.revoke();
  expect((await me(keyOf("client-1", "secret-1"))).status).toBe(200);
  expect(plane.granted("client_credentials")).toBe(21);
});

test("a wrong secret and a key of another plane are 401, and neither is told", async () => {
  const before = plane.grants.length;
  const foreign = await me(keyOf("client-1", "secret-1", "other.example.com"));
  expect([foreign.status, plane.grants.length]).toEqual([401, before]);
  const wrong = await me(keyOf("client-1", "not-the-secret"));
  expect(wrong.status).toBe(401);
  expect(inspect([foreign, wrong], { depth: 9 })).not.toMatch(/not-the-secret|secret-1/);
});
