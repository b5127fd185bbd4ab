import {
  defaulted,
  type Explained,
  flag,
  kind,
  list,
  type Option,
  optional,
  optionalWord,
  type Read,
  readOptions,
  required,
  shown,
  text,
  type Values,
} from "../declaration/option.ts";
import { type Loc, Problems } from "../declaration/problems.ts";
import { DEFAULT_IMAGE, Image } from "../images/image.ts";
import { readEnvVars } from "../values/env-vars.ts";
import { readImage } from "../values/image.ts";
import { type PodTemplate, readPodTemplate } from "../values/pod-template.ts";
import { type ResourcesOptions, readResources } from "../values/resources.ts";
import { readSecrets, type SecretsOption } from "../values/secret.ts";

export interface EnvironmentOptions {
  /** 1 to 30 of a-z, 0-9 and `-`, a letter or digit at both ends (what a control plane accepts). */
  readonly name: string;
  /** Image or its reference. Default `"auto"`: Node and the webhook's program, of this package's version. */
  readonly image?: string | Image | undefined;
  readonly resources?: ResourcesOptions | undefined;
  readonly envVars?: Readonly<Record<string, string>> | undefined;
  readonly secrets?: SecretsOption | undefined;
  readonly podTemplate?: PodTemplate | undefined;
  /** Kubernetes service account that the app runs as. */
  readonly serviceAccount?: string | undefined;
  /** Shown in the console, at most 100 characters of it. */
  readonly description?: string | undefined;
  /** Deployed before this one. */
  readonly dependsOn?: readonly Environment[] | undefined;
  /** Kept for parity with Python, where apps ignore it too. Default false. */
  readonly interruptible?: boolean | undefined;
  /** Kept for parity with Python: files for its code bundle, which an app of this SDK does not need. */
  readonly include?: readonly string[] | undefined;
}

const readName: Read<string> = (value, loc, problems) => {
  if (typeof value !== "string") return problems.add(loc, `should be a text, not ${kind(value)}`);
  if (value.length <= 30 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value) && !value.endsWith("\n")) return value;
  const length = value.length > 30 ? `has ${value.length} characters and ` : "";
  return problems.add(
    loc,
    `${shown(value)} ${length}should be 1 to 30 of a-z, 0-9 and "-", with a letter or digit at both ends`,
  );
};

const readEnvironment: Read<Environment> = (value, loc, problems) =>
  value instanceof Environment ? value : problems.add(loc, `should be an environment, not ${kind(value)}`);

export const ENVIRONMENT_OPTIONS = {
  name: required(readName),
  image: defaulted(readImage, DEFAULT_IMAGE),
  resources: optional(readResources),
  envVars: optional(readEnvVars),
  secrets: optional(readSecrets),
  podTemplate: optional(readPodTemplate),
  serviceAccount: optionalWord,
  description: optional(text),
  dependsOn: defaulted(list(readEnvironment, "environments"), []),
  interruptible: defaulted(flag, false),
  include: defaulted(list(text, "texts"), []),
} satisfies Readonly<Record<string, Option<unknown>>>;

/** How a class of environments is declared: its options, and what must hold between them. */
export interface Declaration {
  readonly options: Readonly<Record<string, Option<unknown>>>;
  /** Options of other SDKs, with what to write instead. */
  readonly explained: Explained;
  readonly check: (given: Readonly<Record<string, unknown>>, problems: Problems) => void;
}

/**
 * What every deployable thing has. A declaration is checked when it is constructed; the constructor throws
 * `invalid_declaration` with all problems at once, each naming its option and how to mend it.
 */
export class Environment<O extends EnvironmentOptions = EnvironmentOptions> {
  protected static readonly declaration: Declaration = {
    options: ENVIRONMENT_OPTIONS,
    explained: { queue: "does not exist here; apps are placed by clusterPool or cluster" },
    check: () => {},
  };

  readonly name: string;
  readonly description: string | undefined;
  /** The image that a deployment builds first, if it is not in its registry; undefined for one that is there. */
  readonly builtImage: Image | undefined;
  /** The image's name in the configuration, which says what it is; undefined for one that is named in full. */
  readonly imageRef: string | undefined;
  /** Every option, read: defaults filled in, durations in seconds. */
  readonly resolved: Values<typeof ENVIRONMENT_OPTIONS>;
  readonly #options: O;
  readonly #dependsOn: Environment[];

  // NoInfer, so that an unknown option is an error and does not widen O.
  constructor(options: NoInfer<O>) {
    const { declaration } = new.target as typeof Environment;
    const problems = new Problems();
    const given: unknown = options;
    if (typeof given !== "object" || given === null) {
      problems.add([], `should be given an object of options, not ${kind(given)}`);
      problems.throwIfAny(new.target.name);
    }
    const declared = readOptions(declaration.options, options, [], problems, declaration.explained);
    declaration.check(options as unknown as Readonly<Record<string, unknown>>, problems);
    const values = declared as unknown as Values<typeof ENVIRONMENT_OPTIONS>;
    for (const dependency of values.dependsOn ?? []) checkDependency(options.name, dependency, ["dependsOn"], problems);
    problems.throwIfAny(typeof options.name === "string" ? `${new.target.name} "${options.name}"` : new.target.name);
    this.#options = { ...options };
    this.resolved = values;
    this.name = values.name;
    this.description = values.description;
    this.builtImage = options.image instanceof Image && options.image.isBuilt ? options.image : undefined;
    this.imageRef = options.image instanceof Image ? options.image.refName : undefined;
    this.#dependsOn = [...values.dependsOn];
  }

  /** Environments that are deployed before this one. */
  get dependsOn(): readonly Environment[] {
    return this.#dependsOn;
  }

  /** Adds environments that are to be deployed before this one; one that is there already is not added again. Throws `invalid_declaration` for a cycle, with its path. */
  addDependency(...environments: Environment[]): this {
    const problems = new Problems();
    for (const one of environments) {
      const dependency = readEnvironment(one, ["dependsOn"], problems);
      if (!dependency) continue;
      checkDependency(this.name, dependency, ["dependsOn"], problems);
      const way = dependency.name === this.name ? undefined : wayTo(dependency, this);
      if (way) {
        const names = [this, ...way].map(({ name }) => shown(name)).join(" → ");
        problems.add(["dependsOn"], `${names} would be a cycle; none of them could be deployed first`);
      }
    }
    problems.throwIfAny(`${this.constructor.name} "${this.name}"`);
    for (const one of environments) if (!this.#dependsOn.includes(one)) this.#dependsOn.push(one);
    return this;
  }

  /** The same declaration under another name, with some options changed; one that is undefined (or null) stays as it is. */
  cloneWith(changes: Partial<O> & { readonly name: string }): this {
    const changed = Object.entries(changes).filter(([, value]) => value != null);
    const Class = this.constructor as new (options: O) => this;
    const { name } = changes;
    return new Class({ ...this.#options, dependsOn: this.#dependsOn, ...Object.fromEntries(changed), name } as O);
  }
}

/** How one environment depends on another; undefined when it does not. */
function wayTo(from: Environment, to: Environment): Environment[] | undefined {
  if (from === to) return [to];
  for (const one of from.dependsOn) {
    const way = wayTo(one, to);
    if (way) return [from, ...way];
  }
  return undefined;
}

function checkDependency(name: unknown, dependency: Environment | undefined, loc: Loc, problems: Problems): void {
  if (dependency?.name === name) problems.add(loc, `${shown(name)} cannot depend on itself`);
}
