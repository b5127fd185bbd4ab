import {
  defaulted,
  flag,
  kind,
  type Option,
  optional,
  optionalWord,
  type Read,
  text,
  type Values,
} from "../declaration/option.ts";
import type { AppContext } from "../serialize/app-context.ts";
import { type DomainOptions, readDomain } from "../values/domain.ts";
import { type LinkOptions, readLinks } from "../values/link.ts";
import { type Port, readPort } from "../values/port.ts";
import { readScaling, type ScalingOptions } from "../values/scaling.ts";
import { readTimeouts, type TimeoutsOptions } from "../values/timeouts.ts";
import { readWords } from "../values/words.ts";
import { type Declaration, ENVIRONMENT_OPTIONS, Environment, type EnvironmentOptions } from "./environment.ts";

export interface AppEnvironmentOptions extends EnvironmentOptions {
  /** What kind of app it is, for the console. */
  readonly type?: string | undefined;
  /** Port the app listens on. Default 8080. */
  readonly port?: number | Port | undefined;
  /** Program in the container: words, or a line split as a shell does (nothing is expanded). Default: the image's own. */
  readonly command?: string | readonly string[] | undefined;
  readonly args?: string | readonly string[] | undefined;
  /** Whether the platform's ingress asks for credentials. Default true. */
  readonly requiresAuth?: boolean | undefined;
  readonly scaling?: ScalingOptions | undefined;
  readonly domain?: DomainOptions | undefined;
  readonly links?: readonly LinkOptions[] | undefined;
  readonly timeouts?: TimeoutsOptions | undefined;
  /** Pool of clusters to run in. Default `"default"`. */
  readonly clusterPool?: string | undefined;
  /** One cluster to run in, instead of a pool. */
  readonly cluster?: string | undefined;
  /** Always empty here: Python's parameters are filled in by its own program in the container. Use `envVars` or `args`. */
  readonly parameters?: readonly [] | undefined;
}

const readParameters: Read<readonly []> = (value, loc, problems) => {
  if (!Array.isArray(value)) return problems.add(loc, `should be a list, not ${kind(value)}`);
  if (value.length === 0) return [];
  return problems.add(
    loc,
    "are filled in by Python's program in the container, which an app of this SDK does not run; use envVars or args",
  );
};

const NO_SCALING = { replicas: [0, 1], metric: undefined, scaledownAfter: undefined } as const;

export const APP_OPTIONS = {
  ...ENVIRONMENT_OPTIONS,
  type: optional(text),
  port: defaulted(readPort, { port: 8080, name: undefined }),
  command: optional(readWords),
  args: optional(readWords),
  requiresAuth: defaulted(flag, true),
  scaling: defaulted(readScaling, NO_SCALING),
  domain: optional(readDomain),
  links: defaulted(readLinks, []),
  timeouts: defaulted(readTimeouts, { request: undefined }),
  // Python takes None for the empty pool.
  clusterPool: {
    read: (value, loc, problems) => (value === null ? "" : text(value, loc, problems)),
    absent: "default",
  },
  cluster: optionalWord,
  parameters: defaulted(readParameters, []),
} satisfies Readonly<Record<string, Option<unknown>>>;

/** An app's declaration, read. */
export type DeclaredApp = Values<typeof APP_OPTIONS>;

/** What runs in the app's container. */
export interface Program {
  /** Undefined: the image's own entry point. */
  readonly command: readonly string[] | undefined;
  /** Arguments that the SDK makes, before the declared ones. */
  readonly generated: readonly string[];
  readonly args: readonly string[];
}

/** A long-running HTTP service on a Flyte control plane: any image with any program. */
export class AppEnvironment<O extends AppEnvironmentOptions = AppEnvironmentOptions> extends Environment<O> {
  protected static override readonly declaration: Declaration = {
    options: APP_OPTIONS,
    explained: Environment.declaration.explained,
    check({ cluster, clusterPool }, problems) {
      if (cluster == null || cluster === "" || clusterPool == null || clusterPool === "" || clusterPool === "default")
        return;
      problems.add(["cluster"], "and clusterPool exclude each other; a cluster is in one pool already");
    },
  };

  declare readonly resolved: DeclaredApp;

  /** What runs in the container when the app is deployed to a place. */
  program(_context: AppContext): Program {
    const { command, args } = this.resolved;
    return { command, generated: [], args: args ?? [] };
  }

  /** Links of the app in the console. */
  get links(): DeclaredApp["links"] {
    return this.resolved.links;
  }
}
