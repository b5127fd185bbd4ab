import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ImageSpecSchema, type LayerSchema } from "@flyte-webhook/idl/flyteidl2/imagebuilder/definition";
import { expect, test } from "vitest";
import { dockerfileOf } from "./dockerfile.ts";

type Layer = NonNullable<MessageInitShape<typeof LayerSchema>["layer"]>;
const dockerfile = (...layers: Layer[]) =>
  dockerfileOf(create(ImageSpecSchema, { baseImage: "python:3.12-slim", layers: layers.map((layer) => ({ layer })) }));

test("a spec is a Dockerfile, and nothing in it is another instruction", () => {
  const text = dockerfile(
    { case: "aptPackages", value: { packages: ["git", "curl=8.5.0-2", "a; rm -rf /"] } },
    { case: "pipPackages", value: { packages: ["numpy>=2"], options: { indexUrl: "https://i/simple", pre: true } } },
    { case: "requirements", value: { file: "requirements.txt" } },
    { case: "pythonWheels", value: { dir: "dist" } },
    { case: "commands", value: { cmd: ['echo "a\nFROM other"'] } },
    { case: "workdir", value: { workdir: "/opt" } },
    { case: "copyConfig", value: { src: "files/0", dst: "/opt/a b" } },
    { case: "env", value: { envVariables: { A: 'say "$B"' } } },
  );
  expect(text.split("\n")).toEqual([
    "FROM python:3.12-slim",
    `RUN ["/bin/sh","-c","apt-get update && apt-get install -y --no-install-recommends git curl=8.5.0-2 'a; rm -rf /' && rm -rf /var/lib/apt/lists/*"]`,
    `RUN ["/bin/sh","-c","python3 -m pip install --no-cache-dir --index-url https://i/simple --pre 'numpy>=2'"]`,
    'COPY ["requirements.txt","/tmp/flyte-requirements-2.txt"]',
    'RUN ["/bin/sh","-c","python3 -m pip install --no-cache-dir -r /tmp/flyte-requirements-2.txt"]',
    'COPY ["dist/","/tmp/flyte-wheels-3/"]',
    'RUN ["/bin/sh","-c","python3 -m pip install --no-cache-dir /tmp/flyte-wheels-3/*.whl"]',
    `RUN ["/bin/sh","-c","echo \\"a\\nFROM other\\""]`,
    "WORKDIR /opt",
    'COPY ["files/0","/opt/a b"]',
    'ENV A="say \\"\\$B\\""',
    "",
  ]);
});

test.each<[string, Layer, string]>([
  ["uv", { case: "uvProject", value: { pyproject: "p" } }, "uv and Poetry projects"],
  ["Poetry", { case: "poetryProject", value: { pyproject: "p" } }, "uv and Poetry projects"],
  ["secrets", { case: "commands", value: { cmd: ["x"], secretMounts: [{ key: "k" }] } }, "layers that need secrets"],
  ["lines", { case: "workdir", value: { workdir: "/a\nUSER root" } }, "should be one line"],
  ["names", { case: "env", value: { envVariables: { "A B": "x" } } }, "is no name of a variable"],
])("what cannot be built is refused: %s", (_, layer, message) => expect(() => dockerfile(layer)).toThrow(message));

test("a base that is none is refused", () => {
  expect(() => dockerfileOf(create(ImageSpecSchema, { baseImage: "a\nRUN x" }))).toThrow("no base");
});
