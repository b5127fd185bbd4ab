import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "./load-config.ts";

function read(yaml: string, env: NodeJS.ProcessEnv = {}, options = {}) {
  const dir = mkdtempSync(join(tmpdir(), "flyte-config-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const config = join(dir, "config.yaml");
  writeFileSync(config, `admin: {endpoint: dns:///flyte.acme.com}\n${yaml}`);
  return readConfig({ config, env, ...options });
}
const builderOf = (...given: Parameters<typeof read>) => read(...given).imageBuilder;

test("where built images go, and what names stand for: options, environment, config file", () => {
  const yaml = "image: {registry: ghcr.io/acme, image_refs: {backend: ghcr.io/acme/backend:1}}";
  expect(read("")).toMatchObject({ imageRegistry: undefined, imageRefs: undefined });
  expect(read(yaml)).toMatchObject({
    imageRegistry: "ghcr.io/acme",
    imageRefs: { backend: "ghcr.io/acme/backend:1" },
  });
  expect(read(yaml, { FLYTE_IMAGE_REGISTRY: "r.io" }).imageRegistry).toBe("r.io");
  expect(read(yaml, { FLYTE_IMAGE_REGISTRY: "r.io" }, { imageRegistry: "o.io", imageRefs: {} })).toMatchObject({
    imageRegistry: "o.io",
    imageRefs: {},
  });
  expect(() => read("image: {image_refs: [a]}")).toThrow("image.image_refs should be names and image references");
});

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
