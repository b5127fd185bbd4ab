import type { JsonObject } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Caller } from "./caller.ts";

/**
 * The caller that a JSON Web Token names, by the claims that a real plane reads: `sub`, `given_name`, `family_name`,
 * `email`. Undefined for what is no token with a subject. Throws `unauthenticated` for one that has expired.
 */
export function foreignToken(token: string): Caller | undefined {
  const claims = claimsOf(token);
  const text = (name: string) => (typeof claims?.[name] === "string" ? claims[name] : "");
  const subject = text("sub");
  if (!claims || subject === "") return undefined;
  if (typeof claims.exp === "number" && claims.exp * 1000 <= Date.now()) {
    throw new ConnectError("the token has expired", Code.Unauthenticated);
  }
  const profile = { firstName: text("given_name"), lastName: text("family_name"), email: text("email") };
  const known = Object.values(profile).some((part) => part !== "");
  return { subject, identified: true, verified: false, ...(known && { profile }) };
}

function claimsOf(token: string): JsonObject | undefined {
  const parts = token.split(".");
  const payload = parts.length === 3 ? parts[1] : undefined;
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    return typeof claims === "object" && claims !== null && !Array.isArray(claims) ? (claims as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
