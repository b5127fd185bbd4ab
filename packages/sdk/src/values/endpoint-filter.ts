import { ENDPOINT_GROUPS, ENDPOINT_IDS, type EndpointGroup, type EndpointId, nearest } from "@flyte-webhook/core";
import { kind, noList, type Read, shown } from "../declaration/option.ts";

/** Which of the 18 endpoints a webhook has: single ones or groups, never both; all of them when neither is given. */
export type EndpointFilter =
  | { readonly endpoints?: readonly EndpointId[] | undefined; readonly endpointGroups?: undefined }
  | { readonly endpointGroups?: readonly EndpointGroup[] | undefined; readonly endpoints?: undefined };

interface Vocabulary<T extends string> {
  readonly what: string;
  readonly names: readonly T[];
  /** What to write instead when the name belongs to the other filter. */
  readonly other: { readonly names: readonly string[]; readonly say: string };
}

function readNames<T extends string>({ what, names, other }: Vocabulary<T>): Read<readonly T[]> {
  return (value, loc, problems) => {
    if (!Array.isArray(value)) return problems.add(loc, noList(`${what}s`, value));
    if (value.length === 0) {
      return problems.add(loc, `is empty, which would expose nothing; leave it out to have every endpoint`);
    }
    return Array.from(value, (name: unknown, index) => {
      if (names.includes(name as T)) return name as T;
      const at = [...loc, index];
      if (typeof name !== "string") return problems.add(at, `should be a text, not ${kind(name)}`) as never;
      if (other.names.includes(name)) return problems.add(at, `${shown(name)} ${other.say}`) as never;
      const near = nearest(name, names);
      const help = near === undefined ? `; there are ${names.join(", ")}` : `, did you mean ${near}?`;
      return problems.add(at, `${shown(name)} is no ${what}${help}`) as never;
    });
  };
}

export const readEndpoints = readNames<EndpointId>({
  what: "endpoint",
  names: ENDPOINT_IDS,
  other: { names: ENDPOINT_GROUPS, say: "is a group; write it in endpointGroups" },
});

export const readEndpointGroups = readNames<EndpointGroup>({
  what: "group",
  names: ENDPOINT_GROUPS,
  other: { names: ENDPOINT_IDS, say: "is an endpoint; write it in endpoints" },
});
