import { userInfo } from "node:os";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ApiKeys } from "../store/api-keys.ts";
import type { Caller } from "./caller.ts";
import { foreignToken } from "./foreign-token.ts";

/** Subject of the key that a new devbox makes. */
export const ADMIN = "admin";

/**
 * Who a request comes from. Credentials that are presented must be valid, else `unauthenticated`; whoever presents none
 * is the local user, for only local processes reach this server. A token of another issuer says who makes a run, as on a
 * real plane, unless it has expired; it grants nothing, and does not pass where an identity is asked for. Cookies are not looked at: a browser sends those that
 * other servers on localhost have set.
 */
export function authenticator(keys: ApiKeys): (headers: Headers) => Caller {
  const local: Caller = { subject: userInfo().username, identified: false, verified: false };
  return (headers) => {
    const authorization = headers.get("authorization");
    if (authorization !== null) {
      const key = /^bearer +([\x21-\x7e]{1,8192})$/i.exec(authorization)?.[1];
      const subject = key && keys.subjectOf(key);
      if (subject) return { subject, identified: true, verified: true };
      const foreign = key && foreignToken(key);
      if (foreign) return foreign;
      throw new ConnectError("the API key is not one of this devbox", Code.Unauthenticated);
    }
    // What a proxy in front says who the caller is, as on a real plane. It grants nothing.
    const forwarded = headers.get("x-amzn-oidc-identity");
    if (forwarded !== null && /^[\x21-\x7e]{1,255}$/.test(forwarded))
      return { subject: forwarded, identified: true, verified: true };
    return local;
  };
}
