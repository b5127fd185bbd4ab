import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix, relative, resolve } from "node:path";
import { VERSION } from "../version.ts";

/** The image that `"auto"` stands for: Node and the webhook's program, of this package's version. */
export const DEFAULT_IMAGE = `ghcr.io/flyte-webhook/runtime:${VERSION}`;

/** A file or directory that becomes part of an image. */
export interface ImageFile {
  /** On this machine; absolute. */
  readonly source: string;
  readonly destination: string;
}

/** One step of making an image. */
export type Layer =
  | { readonly kind: "apt"; readonly packages: readonly string[] }
  | { readonly kind: "npm"; readonly packages: readonly string[] }
  | { readonly kind: "files"; readonly file: ImageFile }
  | { readonly kind: "env"; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: "run"; readonly command: string };

/** User that a built image runs as; `node` in Node's own images. */
const USER = "1000:1000";
/** Where a built image has its npm packages; Node finds them from any directory below it. */
const NPM_PREFIX = "/opt";

/**
 * A container image: one that is there, or one that a deployment builds of it. A built image's tag is a digest of what it
 * is made of, so the same image is never built twice. Each `with…` answers another image; none changes.
 */
export class Image {
  readonly base: string;
  readonly repository: string | undefined;
  /** By which the configuration knows it; undefined for an image that is named in full. */
  readonly refName: string | undefined;
  readonly #layers: readonly Layer[];

  private constructor(base: string, repository: string | undefined, layers: readonly Layer[], refName?: string) {
    this.base = base;
    this.repository = repository;
    this.refName = refName;
    this.#layers = layers;
  }

  /** An image as it is in a registry. */
  static fromRegistry(reference: string): Image {
    return new Image(reference, undefined, []);
  }

  /**
   * The image that the configuration has under a name (`image.image_refs` of a Flyte config file, or `imageRefs` of `init`),
   * so that the same declaration takes another image in another place. It is as it is: nothing can be built on it.
   */
  static fromRefName(name: string): Image {
    return new Image(name, undefined, [], name);
  }

  /** The ready-made image of webhooks, what `"auto"` stands for. */
  static webhook(): Image {
    return Image.fromRegistry(DEFAULT_IMAGE);
  }

  /**
   * A Debian-based image with Node to build on; `repository` is where the result is pushed, such as `ghcr.io/acme/hooks`. A
   * name alone (`hooks`) is enough for the platform's builder, which has a registry of its own, and where `image.registry`
   * is configured.
   */
  static fromBase(reference: string, { repository }: { readonly repository: string }): Image {
    return new Image(reference, repository, []);
  }

  /** npm packages, with the exact version of each (`undici@7.1.0`), because the tag is made of these texts. */
  withPackages(...packages: readonly string[]): Image {
    return this.#with({ kind: "npm", packages });
  }

  /** Debian packages. */
  withAptPackages(...packages: readonly string[]): Image {
    return this.#with({ kind: "apt", packages });
  }

  /** A file or directory of this machine (relative to the working directory) at an absolute path in the image. */
  withFiles(source: string, destination: string): Image {
    return this.#with({ kind: "files", file: { source: resolve(source), destination } });
  }

  withEnv(variables: Readonly<Record<string, string>>): Image {
    return this.#with({ kind: "env", variables });
  }

  /** A shell command, run as root. */
  withCommand(command: string): Image {
    return this.#with({ kind: "run", command });
  }

  #with(layer: Layer): Image {
    return new Image(this.base, this.repository, [...this.#layers, layer], this.refName);
  }

  /** The same image for a registry, unless it names one itself. */
  inRegistry(registry: string | undefined): Image {
    if (!registry || this.repository === undefined || this.repository.includes("/")) return this;
    return new Image(this.base, `${registry.replace(/\/+$/, "")}/${this.repository}`, this.#layers, this.refName);
  }

  /** Whether it has to be built; else it is there already. */
  get isBuilt(): boolean {
    return this.#layers.length > 0;
  }

  /** What is wrong with it, in words; empty when nothing is. */
  get problems(): readonly string[] {
    const problems: string[] = [];
    if (this.base === "" || /\s/.test(this.base)) problems.push("has no image reference as its base");
    if (!this.isBuilt) return problems;
    if (this.refName !== undefined)
      problems.push("is one of the configuration, on which nothing can be built; use fromBase");
    if (!this.repository || !/^[a-z0-9][a-z0-9._:/-]*$/.test(this.repository)) {
      problems.push('is built, and needs a repository to push to, such as { repository: "ghcr.io/acme/hooks" }');
    }
    for (const layer of this.#layers) {
      if (layer.kind === "npm") {
        for (const name of layer.packages) {
          if (/^(@[\w.-]+\/)?[\w.-]+@\d[\w.+-]*$/.test(name)) continue;
          problems.push(`has the package ${JSON.stringify(name)} without an exact version; write name@1.2.3`);
        }
      } else if (layer.kind === "apt") {
        for (const name of layer.packages) {
          if (!/^[a-z0-9][a-z0-9.+-]*(=[\w.+:~-]+)?$/.test(name))
            problems.push(`has ${JSON.stringify(name)}, no Debian package`);
        }
      } else if (layer.kind === "files") {
        const { source, destination } = layer.file;
        if (!posix.isAbsolute(destination)) problems.push(`has ${JSON.stringify(destination)}, no absolute path`);
        if (statSync(source, { throwIfNoEntry: false }) === undefined)
          problems.push(`has ${source}, which is not there`);
      }
    }
    return problems;
  }

  /** What it is made of, in order. */
  get layers(): readonly Layer[] {
    return this.#layers;
  }

  /** What is copied into it, in order; the n-th is `files/n` of the build's directory. */
  get files(): readonly ImageFile[] {
    return this.#layers.flatMap((layer) => (layer.kind === "files" ? [layer.file] : []));
  }

  get dockerfile(): string {
    let copied = 0;
    const lines = this.#layers.map((layer) =>
      layer.kind === "files" ? copy(copied++, layer.file) : instruction(layer),
    );
    return [`FROM ${this.base}`, "USER root", ...lines, `USER ${USER}`, ""].join("\n");
  }

  /** Under which it is found in its registry. Reads the files that become part of it. */
  get reference(): string {
    if (!this.isBuilt) return this.base;
    const hash = createHash("sha256").update(this.dockerfile);
    for (const { source } of this.files) for (const file of filesBelow(source)) digestFile(hash, source, file);
    return `${this.repository}:${hash.digest("hex").slice(0, 20)}`;
  }

  /** `name:tag`, without registry and path: by what the platform's builder knows it. */
  get shortName(): string {
    return this.reference.slice(this.reference.lastIndexOf("/") + 1);
  }
}

const copy = (index: number, { destination }: ImageFile): string =>
  `COPY --chown=${USER} ${JSON.stringify([`files/${index}`, destination])}`;

function instruction(layer: Exclude<Layer, { kind: "files" }>): string {
  if (layer.kind === "apt") {
    const install = `apt-get install -y --no-install-recommends ${layer.packages.join(" ")}`;
    return `RUN apt-get update && ${install} && rm -rf /var/lib/apt/lists/*`;
  }
  if (layer.kind === "npm") {
    return `RUN ${npmInstall(layer.packages)}`;
  }
  if (layer.kind === "run") return `RUN ${JSON.stringify(["/bin/sh", "-c", layer.command])}`;
  return Object.entries(layer.variables)
    .map(([name, value]) => `ENV ${name}=${JSON.stringify(value).replaceAll("$", "\\$")}`)
    .join("\n");
}

export function npmInstall(packages: readonly string[]): string {
  return `npm install --prefix ${NPM_PREFIX} --omit=dev --no-audit --no-fund ${packages.join(" ")}`;
}

function digestFile(hash: ReturnType<typeof createHash>, source: string, file: string): void {
  const bytes = readFileSync(file);
  const isExecutable = (statSync(file).mode & 0o111) !== 0;
  hash.update(`\0${relative(source, file)}\0${isExecutable ? "x" : "-"}\0${bytes.length}\0`).update(bytes);
}

/** The files of a directory, or the file itself, in a fixed order. */
export function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).sort();
  return names.flatMap((name) => filesBelow(join(path, name)));
}
