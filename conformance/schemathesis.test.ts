/** Schemathesis reads the OpenAPI document of a live webhook and tries to find a request that is not answered as it says. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startDevbox } from "@flyte-webhook/devbox";
import { expect, test } from "vitest";
import { pythonWith } from "./python-with-flyte.ts";
import { deploySleepTask, startWebhook } from "./webhook.ts";

const python = pythonWith(["schemathesis"], "a search for requests that are not answered as the document says");
const CONFIG = fileURLToPath(new URL("schemathesis.toml", import.meta.url));
/** The same requests each time, so that a finding is one of the change at hand; another seed looks elsewhere. */
const { SCHEMATHESIS_SEED: SEED = "1", SCHEMATHESIS_EXAMPLES: EXAMPLES = "15" } = process.env;

/** A control plane that takes one key and nothing else: the devbox itself takes a caller without one for its user. */
async function strict(controlPlane: string, apiKey: string) {
  const server = createServer((incoming, response) => {
    const { authorization } = incoming.headers;
    if (authorization !== `Bearer ${apiKey}`) {
      incoming.resume();
      response.writeHead(401, { "content-type": "application/json" }).end('{"code":"unauthenticated","message":"no"}');
      return;
    }
    const { method, headers } = incoming;
    const call = httpRequest(new URL(incoming.url ?? "", controlPlane), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    call.on("error", () => response.destroy());
    incoming.pipe(call);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

test.skipIf(python === undefined)(
  "no request is answered otherwise than the document says",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "schemathesis-"));
    const devbox = await startDevbox({ dir: join(dir, "devbox"), port: 0 });
    const plane = await strict(devbox.endpoint, devbox.apiKey);
    const scope = { project: "flytesnacks", domain: "development" };
    await deploySleepTask({ controlPlane: devbox.endpoint, apiKey: devbox.apiKey, ...scope });
    const webhook = await startWebhook({ controlPlane: plane.url, apiKey: devbox.apiKey, ...scope });
    try {
      const args = ["run", `${webhook.origin}/openapi.json`, "-H", `Authorization: Bearer ${devbox.apiKey}`];
      const found = await promisify(execFile)(
        python as string,
        [
          "-c",
          "from schemathesis.cli import schemathesis; schemathesis()",
          "--config-file",
          CONFIG,
          ...args,
          "-n",
          EXAMPLES,
          "--seed",
          SEED,
        ],
        { cwd: dir, env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", NO_COLOR: "1" }, maxBuffer: 1e8 },
      ).then(
        () => "",
        (error: { stdout: string; stderr: string }) => `${error.stdout}\n${error.stderr}`,
      );
      expect(found).toBe("");
    } finally {
      await webhook.close();
      plane.close();
      await devbox.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
  180_000,
);
