import { create, equals, type JsonValue } from "@bufbuild/protobuf";
import { parseQuantity } from "@flyte-webhook/core";
import { type Spec, SpecSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import type { Secret } from "@flyte-webhook/idl/flyteidl2/core/security";
import { rpcError } from "../rpc-error.ts";

/** What the process of an app is made of, as its spec says it. */
export interface Launch {
  readonly image: string;
  /** `command` and `args` in one: an image's own entry point is not known here. */
  readonly words: readonly string[];
  readonly env: readonly (readonly [name: string, value: string])[];
  readonly secrets: readonly Secret[];
  /** The port that the app declares, for apps that ignore `PORT`. */
  readonly declaredPort: number | undefined;
}

/** Knative's port for a container that declares none. */
const DEFAULT_PORT = 8080;

/**
 * Reads the container, or the primary container (`app`, else the first) of a pod template.
 * Throws `invalid_argument` for a payload that cannot be run and for a resource quantity that is none.
 */
export function readLaunch({ appPayload, securityContext }: Spec): Launch {
  const secrets = securityContext?.secrets ?? [];
  if (appPayload.case === "container") {
    const { image, command, args, env, ports, resources } = appPayload.value;
    for (const { value } of [...(resources?.requests ?? []), ...(resources?.limits ?? [])]) checkQuantity(value);
    return {
      image,
      words: [...command, ...args],
      env: env.map(({ key, value }) => [key, value]),
      secrets,
      declaredPort: ports[0]?.containerPort ?? DEFAULT_PORT,
    };
  }
  const containers = objects(appPayload.value?.podSpec?.containers);
  const container = containers.find(({ name }) => name === "app") ?? containers[0];
  if (!container) throw rpcError.invalidArgument("the app has neither a container nor a pod with one");
  return {
    image: text(container.image),
    words: [...texts(container.command), ...texts(container.args)],
    env: objects(container.env).map(({ name, value }) => [text(name), text(value)]),
    secrets,
    declaredPort: Number(objects(container.ports)[0]?.containerPort) || DEFAULT_PORT,
  };
}

/** Whether both specs are the same process: only a change of what it runs and sees makes a new revision. */
export function sameProcess(a: Spec, b: Spec): boolean {
  const process = ({ appPayload, securityContext, inputs }: Spec) =>
    create(SpecSchema, {
      appPayload,
      ...(securityContext && { securityContext }),
      ...(inputs && { inputs }),
    });
  return equals(SpecSchema, process(a), process(b));
}

/** Kubernetes' `$(NAME)`: filled in where the name is known, left as it is elsewhere; `$$(NAME)` is `$(NAME)`. */
export function expandVariables(value: string, env: Readonly<Record<string, string>>): string {
  return value.replace(/\$\$|\$\(([^)]*)\)/g, (match, name?: string) =>
    name === undefined ? "$" : Object.hasOwn(env, name) ? String(env[name]) : match,
  );
}

function checkQuantity(value: string): void {
  if (parseQuantity(value) !== undefined) return;
  throw rpcError.invalidArgument(
    `${JSON.stringify(value)} is not a quantity of a resource; use a Kubernetes quantity such as "500m" or "512Mi"`,
  );
}

type JsonRecord = { readonly [key: string]: JsonValue | undefined };

const objects = (value: JsonValue | undefined): JsonRecord[] =>
  Array.isArray(value)
    ? value.filter(
        (item): item is { [key: string]: JsonValue } =>
          typeof item === "object" && item !== null && !Array.isArray(item),
      )
    : [];
const texts = (value: JsonValue | undefined): string[] => (Array.isArray(value) ? value.map(text) : []);
const text = (value: JsonValue | undefined): string => (value === undefined || value === null ? "" : String(value));
