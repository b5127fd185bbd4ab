import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "./load-config.ts";

function builderOf(yaml: string, env: NodeJS.ProcessEnv = {}, options = {}) {
  const dir = mkdtempSync(join(tmpdir(), "flyte-config-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const config = join(dir, "config.yaml");
  writeFileSync(config, `admin: {endpoint: dns:///flyte.acme.com}\n${yaml}`);
  return readConfig({ config, env, ...options }).imageBuilder;
}

test("who builds images: options, environment, config file", () => {
  expect(builderOf("")).toBeUndefined();
  expect(builderOf("image: {builder: remote}")).toBe("remote");
  expect(builderOf("image: {builder: local-podman, image_refs: {a: b}}")).toBe("podman");
  expect(builderOf("image: {builder: remote}", { FLYTE_IMAGE_BUILDER: "local" })).toBe("local");
  expect(builderOf("image: {builder: remote}", {}, { imageBuilder: "docker" })).toBe("docker");
  expect(() => builderOf("image: {builder: kaniko}")).toThrow(
    'one of remote, local, docker, podman, buildah, not "kaniko"',
  );
});
