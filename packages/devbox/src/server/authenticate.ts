import { userInfo } from "node:os";
import { Code, ConnectError } from "@connectrpc/connect";
import type { BrowserLogins } from "../login/browser-login.ts";
import { allows, type Rpc, scopeOf } from "../login/scopes.ts";
import { type ApiKeys, isApiKey, type Scope } from "../store/api-keys.ts";
import type { OAuthRecords } from "../store/oauth-records.ts";
import type { Caller } from "./caller.ts";
import { foreignToken } from "./foreign-token.ts";

/** Subject of the key that a new devbox makes. */
export const ADMIN = "admin";

/**
 * What callers have to show. `local`: nothing, as only processes of this machine reach the devbox; a key that is shown
 * must be good. `oauth`: a key, or a token of a login. `none`: nothing, and nothing that is shown is looked at.
 */
export type AuthMode = "local" | "oauth" | "none";

/** Who a call comes from. Throws `unauthenticated`, and `permission_denied` for what a key's scope does not cover. */
export type Authenticate = (headers: Headers, rpc: Rpc) => Caller;

export interface Credentials {
  readonly keys: ApiKeys;
  readonly records: OAuthRecords;
  readonly logins: BrowserLogins;
}

/** How a client learns where to log in; and what a running task calls, whose process is given no credential. */
const OPEN = new Set(["flyteidl2.auth.AuthMetadataService", "flyteidl2.actions.ActionsService"]);

export function authenticator(mode: AuthMode, credentials: Credentials): Authenticate {
  const user = userInfo().username;
  const local: Caller = { subject: user, identified: false, verified: false };
  if (mode === "none") return (headers) => forwarded(headers) ?? { subject: user, identified: true, verified: true };
  const byCredential = (headers: Headers, rpc: Rpc): Caller | undefined => {
    const known = credentialOf(bearerOf(headers), credentials);
    if (known && !allows(known.scope, rpc)) {
      const problem = `the scope ${known.scope} of ${known.subject} does not cover ${rpc.method}`;
      throw new ConnectError(problem, Code.PermissionDenied);
    }
    return known && { subject: known.subject, identified: true, verified: true };
  };
  if (mode === "local") {
    return (headers, rpc) => byCredential(headers, rpc) ?? unproven(headers) ?? forwarded(headers) ?? local;
  }
  return (headers, rpc) => {
    const caller = byCredential(headers, rpc);
    if (caller) return caller;
    if (OPEN.has(rpc.service)) return local;
    if (!headers.has("authorization") && credentials.logins.has(headers.get("cookie"))) {
      return { subject: user, identified: true, verified: true };
    }
    throw new ConnectError("this devbox asks for a login: log in, or show an API key of it", Code.Unauthenticated);
  };
}

function bearerOf(headers: Headers): string {
  return /^bearer +([\x21-\x7e]{1,8192})$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
}

function credentialOf(
  bearer: string,
  { keys, records }: Credentials,
): { readonly subject: string; readonly scope: Scope } | undefined {
  if (bearer === "") return undefined;
  const key = keys.find(bearer);
  if (key || isApiKey(bearer)) return key;
  const { accountId, scope } = records.find("AccessToken", bearer) ?? {};
  if (accountId !== undefined) return { subject: accountId, scope: scopeOf(scope) ?? "read" };
  // Its key says what it may do, and whether it is good at all.
  return keys.bySubject(records.find("ClientCredentials", bearer)?.clientId ?? "");
}

/**
 * Credentials that others have made grant nothing and are no identity, as on a real plane: a program written for one
 * passes on whatever its caller sent. A token of another issuer says who makes a run, unless it has expired.
 */
function unproven(headers: Headers): Caller | undefined {
  if (!headers.has("authorization")) return undefined;
  const bearer = bearerOf(headers);
  if (isApiKey(bearer)) throw new ConnectError("the API key is not one of this devbox", Code.Unauthenticated);
  return foreignToken(bearer) ?? { subject: userInfo().username, identified: false, verified: false };
}

/** What a proxy in front says who the caller is, as on a real plane. It grants nothing. */
function forwarded(headers: Headers): Caller | undefined {
  const subject = headers.get("x-amzn-oidc-identity");
  if (subject === null || !/^[\x21-\x7e]{1,255}$/.test(subject)) return undefined;
  return { subject, identified: true, verified: true };
}
