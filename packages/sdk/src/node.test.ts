import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as whole from "./index.ts";
import * as light from "./node.ts";

test("Node's entry has the names of index.ts, of the same kinds", () => {
  const kinds = (names: object) => Object.fromEntries(Object.entries(names).map(([name, one]) => [name, typeof one]));
  expect(kinds(light)).toEqual(kinds(whole));
});

/** What a program prints that is run by Node itself, as JSON. */
function run(program: string): unknown {
  const entry = JSON.stringify(join(import.meta.dirname, "node.ts"));
  const text = `
    import { registerHooks } from "node:module";
    const packages = new Set();
    registerHooks({
      load(url, context, next) {
        packages.add(/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]);
        return next(url, context);
      },
    });
    const sdk = await import(${entry});
    ${program}
  `;
  const args = ["--conditions=source", "--no-warnings", "--input-type=module", "--eval", text];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

test("a declaration needs neither protobuf nor a client", () => {
  const loaded = run(`
    new sdk.FlyteWebhookAppEnvironment({ name: "light" });
    console.log(JSON.stringify([...packages].filter(Boolean)));
  `);
  expect(loaded).toEqual([]);
});

test("what is loaded later is of one piece with what was there", () => {
  const answer = run(`
    const environment = new sdk.FlyteWebhookAppEnvironment({ name: "later" });
    const app = sdk.toApp(environment, { org: "", project: "p", domain: "d" });
    const thrown = [];
    const keep = (error) => thrown.push(error instanceof sdk.FlyteWebhookError, error.code);
    try { sdk.toApp(environment, { org: "", project: "", domain: "" }); } catch (error) { keep(error); }
    try { sdk.connect({ endpoint: "not an address" }); } catch (error) { keep(error); }
    const controlPlane = sdk.connect({ endpoint: "http://127.0.0.1:1", project: "p", domain: "d" });
    await sdk.App.get("later", { controlPlane }).catch(keep);
    await sdk.deploy(environment, { controlPlane }).catch(keep);
    await controlPlane.close();
    console.log(JSON.stringify({ name: app.metadata.id.name, thrown, protobuf: packages.has("@bufbuild/protobuf") }));
  `);
  expect(answer).toEqual({
    name: "later",
    thrown: [true, "invalid_declaration", true, "invalid_config", true, "unavailable", true, "unavailable"],
    protobuf: true,
  });
});
