import type { ImageSpec, Layer, PipOptions } from "@flyte-webhook/idl/flyteidl2/imagebuilder/definition";

/** The Dockerfile of an image as clients describe it to a platform's builder. Throws for what cannot be built here. */
export function dockerfileOf({ baseImage, layers }: ImageSpec): string {
  if (!/^[^\s#]+$/.test(baseImage)) throw new Error(`the image has no base that could be one: ${quoted(baseImage)}`);
  return [`FROM ${baseImage}`, ...layers.flatMap((layer, index) => instructionsOf(layer, index)), ""].join("\n");
}

function instructionsOf({ layer }: Layer, index: number): string[] {
  if (layer.value && "secretMounts" in layer.value && layer.value.secretMounts.length > 0) {
    throw new Error("layers that need secrets are not built by the devbox; build the image with the local builder");
  }
  switch (layer.case) {
    case "aptPackages": {
      const packages = layer.value.packages.map(word).join(" ");
      const install = `apt-get install -y --no-install-recommends ${packages}`;
      return [run(`apt-get update && ${install} && rm -rf /var/lib/apt/lists/*`)];
    }
    case "pipPackages":
      return layer.value.packages.length === 0 ? [] : [pip(layer.value.packages.map(word), layer.value.options)];
    case "requirements": {
      const file = `/tmp/flyte-requirements-${index}.txt`;
      return [copy(layer.value.file, file), pip(["-r", file], layer.value.options)];
    }
    case "pythonWheels": {
      const directory = `/tmp/flyte-wheels-${index}/`;
      return [copy(`${layer.value.dir}/`, directory), pip([`${directory}*.whl`], layer.value.options)];
    }
    case "commands":
      return layer.value.cmd.map(run);
    case "workdir":
      return [`WORKDIR ${oneLine(layer.value.workdir)}`];
    case "copyConfig":
      return [copy(layer.value.src, layer.value.dst)];
    case "env":
      return Object.entries(layer.value.envVariables).map(([key, value]) => {
        if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) throw new Error(`${quoted(key)} is no name of a variable`);
        return `ENV ${key}=${quoted(oneLine(value)).replaceAll("$", "\\$")}`;
      });
    case "uvProject":
    case "poetryProject":
      throw new Error("uv and Poetry projects are not built by the devbox; build the image with the local builder");
    default:
      throw new Error("the image has a layer of a kind that the devbox does not know");
  }
}

function pip(what: readonly string[], options: PipOptions | undefined): string {
  const { indexUrl = "", extraIndexUrls = [], pre = false, extraArgs = "" } = options ?? {};
  const flags = [
    ...(indexUrl ? ["--index-url", word(indexUrl)] : []),
    ...extraIndexUrls.flatMap((url) => ["--extra-index-url", word(url)]),
    ...(pre ? ["--pre"] : []),
    // Several arguments in one text, as whoever wrote them means them to be read.
    ...(extraArgs ? [extraArgs] : []),
  ];
  return run(["python3 -m pip install --no-cache-dir", ...flags, ...what].join(" "));
}

/** In exec form: no character of the command is the Dockerfile's. */
const run = (command: string): string => `RUN ${JSON.stringify(["/bin/sh", "-c", command])}`;
const copy = (source: string, destination: string): string => `COPY ${JSON.stringify([source, destination])}`;
const quoted = (text: string): string => JSON.stringify(text);

/** One word for a shell. */
const word = (text: string): string => (/^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function oneLine(text: string): string {
  if (/[\r\n]/.test(text)) throw new Error(`${quoted(text)} should be one line`);
  return text;
}
