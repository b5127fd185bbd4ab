/** Credentials of callers, over real sockets on both sides: what one caller sends reaches the plane with its calls alone. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { UserInfoResponseSchema } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { expect, test } from "vitest";
import { startWebhook } from "./webhook.ts";

const IDENTITIES = 200;
const REQUESTS = 1_000;

interface Recorded {
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
}

/** Answers UserInfo with the credentials of the call as subject, after a while that differs from call to call. */
async function recordingControlPlane() {
  const calls: Recorded[] = [];
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    const { authorization, cookie } = request.headers;
    calls.push({ authorization, cookie });
    await sleep((calls.length * 7) % 13);
    const answer = create(UserInfoResponseSchema, { subject: `${authorization ?? ""}|${cookie ?? ""}` });
    response.setHeader("content-type", "application/proto");
    // In pieces now and then, and closing the connection now and then, as proxies do.
    const bytes = toBinary(UserInfoResponseSchema, answer);
    const [inPieces, last] = [calls.length % 5 === 0, calls.length % 17 === 0];
    if (last) response.setHeader("connection", "close");
    if (inPieces) response.write(bytes.subarray(0, 3));
    response.end(inPieces ? bytes.subarray(3) : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { calls, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function credentialsOf(identity: number): { header: Record<string, string>; subject: string } {
  const [authorization, cookie] = [`Bearer token-${identity}`, `session=${identity}`];
  if (identity % 3 === 0) return { header: { cookie }, subject: `|${cookie}` };
  if (identity % 3 === 1) return { header: { authorization }, subject: `${authorization}|` };
  return { header: { authorization, cookie }, subject: `${authorization}|${cookie}` };
}

test("1,000 requests by 200 identities, interleaved: each call carries its own caller's credentials", async () => {
  const plane = await recordingControlPlane();
  const webhook = await startWebhook({
    controlPlane: plane.url,
    // The webhook's own key must never take the place of a caller's.
    apiKey: "own-key",
    project: "p",
    domain: "d",
  });
  try {
    const sent = Array.from({ length: REQUESTS }, (_, i) => credentialsOf((i * 37) % IDENTITIES));
    const answers: string[] = [];
    let next = 0;
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        for (let i = next++; i < sent.length; i = next++) {
          const response = await fetch(`${webhook.origin}/me`, { headers: sent[i]?.header ?? {} });
          answers[i] = ((await response.json()) as { subject: string }).subject;
        }
      }),
    );
    expect(answers).toEqual(sent.map(({ subject }) => subject));
    const recorded = plane.calls.map(({ authorization, cookie }) => `${authorization ?? ""}|${cookie ?? ""}`);
    expect(recorded.sort()).toEqual(sent.map(({ subject }) => subject).sort());
  } finally {
    await webhook.close();
    plane.server.closeAllConnections();
    plane.server.close();
  }
});
