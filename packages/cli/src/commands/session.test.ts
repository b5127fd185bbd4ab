import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificates } from "../../../client/src/testing/certificates.ts";
import { type CliDevbox, startCliDevbox } from "../testing/cli-devbox.ts";

let box: CliDevbox;
beforeAll(async () => {
  box = await startCliDevbox();
});
afterAll(() => box.close());

test("whoami tells who the configured key is, login and logout that there is none to be had", async () => {
  expect(await box.cli("whoami", "--json")).toMatchObject({
    code: 0,
    out: `${JSON.stringify({ subject: "admin", name: "", email: "" })}\n`,
  });
  expect((await box.cli("whoami")).out).toBe("(admin)\n");
  for (const verb of ["login", "logout"]) {
    const { code, err } = await box.cli(verb);
    expect([code, err]).toEqual([2, expect.stringContaining("it is configured for an API key")]);
  }
});

test("a key that is not taken has a code of its own, and advice", async () => {
  const { code, err } = await box.cliWith({ env: { FLYTE_API_KEY: "not-a-key" } }, "whoami");
  expect([code, err]).toEqual([5, expect.stringContaining("flyte-webhook login")]);
});

test("config tells each setting and where it comes from, and no secret", async () => {
  const env = { FLYTE_TASK_DOMAIN: "staging" };
  const { out, code } = await box.cliWith({ env }, "config", "--project", "mine", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    file: box.devbox.config,
    endpoint: { from: "file" },
    insecure: { value: "true", from: "file" },
    apiKey: { value: "(set)", from: "file" },
    project: { value: "mine", from: "option" },
    domain: { value: "staging", from: "FLYTE_TASK_DOMAIN" },
  });
  const text = (await box.cli("config")).out;
  expect(text).not.toContain(box.devbox.apiKey);
  expect(text).toMatch(/^project +flytesnacks +file$/m);
  const elsewhere = await box.cliWith({ env: { FLYTE_ADMIN_ENDPOINT: "flyte.acme.com" } }, "config", "--json");
  const trusting = { FLYTE_ADMIN_ENDPOINT: "flyte.acme.com", SSL_CERT_FILE: join(box.dir, "ca.pem") };
  writeFileSync(trusting.SSL_CERT_FILE, makeCertificates().ca);
  expect(JSON.parse((await box.cliWith({ env: trusting }, "config", "--json")).out)).toMatchObject({
    caFile: { value: trusting.SSL_CERT_FILE, from: "SSL_CERT_FILE" },
  });
  // A credential belongs to the endpoint that it stands beside.
  expect(JSON.parse(elsewhere.out)).toMatchObject({
    endpoint: { value: "flyte.acme.com", from: "FLYTE_ADMIN_ENDPOINT" },
    apiKey: { value: "" },
    login: { value: "Pkce" },
  });
});
