import { createHash } from "node:crypto";
import { rpcError } from "../rpc-error.ts";

/** What names an app; two apps are the same only when all three are equal. */
export interface AppId {
  readonly project: string;
  readonly domain: string;
  readonly name: string;
}

/** One text per app, for maps. */
export const appKey = ({ project, domain, name }: AppId): string => `${project}/${domain}/${name}`;

/** Kubernetes' limit for one label of a host name. */
const MAX_LABEL = 63;

/** What the open-source plane calls the app's Knative service: lower-cased, and cut with a hash when it is too long. */
export function serviceName(id: AppId): string {
  const raw = `${id.name}-${id.project}-${id.domain}`.toLowerCase();
  if (raw.length <= MAX_LABEL) return raw;
  const hash = createHash("sha256").update(appKey(id)).digest("hex").slice(0, 8);
  return `${raw.slice(0, MAX_LABEL - 9)}-${hash}`;
}

/** Throws `invalid_argument` for an id that cannot be part of a host name and of a path on disk. */
export function checkAppId(id: AppId): void {
  for (const [field, value] of Object.entries({ project: id.project, domain: id.domain, name: id.name })) {
    if (/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(value)) continue;
    throw rpcError.invalidArgument(
      `${field} ${JSON.stringify(value)} of the app is not a DNS label: use 1 to 63 letters, digits and hyphens, not starting or ending with a hyphen`,
    );
  }
}
