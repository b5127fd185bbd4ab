import { isPlainObject, kind, optional, type Read, readOptions, text } from "../declaration/option.ts";

/** A Kubernetes object as JSON, in Kubernetes' own camelCase spelling. */
export type KubernetesObject = Readonly<Record<string, unknown>>;

export interface PodTemplateOptions {
  /** Name of the container that is the app; a platform asks for `"app"`. */
  readonly primaryContainerName: "app";
  /** A Kubernetes PodSpec; its container `app` gets command, arguments, port, variables, resources and (unless it has one) image. */
  readonly podSpec?: KubernetesObject | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A whole pod for the app, where a container is not enough: sidecars, volumes, node selectors. */
export class PodTemplate {
  readonly primaryContainerName: string | undefined;
  readonly podSpec: KubernetesObject | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;

  constructor(options: PodTemplateOptions) {
    this.primaryContainerName = options.primaryContainerName;
    this.podSpec = options.podSpec;
    this.labels = options.labels;
    this.annotations = options.annotations;
  }
}

const readTexts: Read<Readonly<Record<string, string>>> = (value, loc, problems) => {
  if (!isPlainObject(value)) return problems.add(loc, `should be an object of texts, not ${kind(value)}`);
  for (const [name, one] of Object.entries(value)) text(one, [...loc, name], problems);
  return value as Readonly<Record<string, string>>;
};

const readPodSpec: Read<KubernetesObject> = (value, loc, problems) => {
  if (!isPlainObject(value)) return problems.add(loc, `should be a PodSpec as an object, not ${kind(value)}`);
  const containers = value.containers;
  const at = [...loc, "containers"];
  if (!Array.isArray(containers)) return problems.add(at, `should be a list of containers, not ${kind(containers)}`);
  if (!containers.every(isPlainObject)) return problems.add(at, "should hold objects only");
  if (containers.some((one) => one.name === "app")) return value;
  return problems.add(at, 'should hold the container "app", which is the app itself');
};

const OPTIONS = {
  primaryContainerName: optional(text),
  podSpec: optional(readPodSpec),
  labels: optional(readTexts),
  annotations: optional(readTexts),
};

export const readPodTemplate: Read<PodTemplate> = (value, loc, problems) => {
  if (!(value instanceof PodTemplate)) return problems.add(loc, `should be a PodTemplate, not ${kind(value)}`);
  readOptions(OPTIONS, value, loc, problems);
  if (value.podSpec != null && value.primaryContainerName !== "app") {
    problems.add([...loc, "primaryContainerName"], 'should be "app", the name that a platform expects');
  }
  return value;
};
