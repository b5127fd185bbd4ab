import { describe, expect, it } from "vitest";
import { apiKeyOf, isKeyOf, parseApiKey } from "./api-key.ts";
import { basicHeader } from "./oauth.ts";

const encode = (text: string) => Buffer.from(text).toString("base64");
const key = (endpoint: string, clientId = "cid", clientSecret = "sec", org = "org") => ({
  endpoint,
  clientId,
  clientSecret,
  org,
});

describe("parseApiKey", () => {
  it.each([
    ["acme.example.com:cid:sec:org", key("acme.example.com")],
    ["acme.example.com:cid:sec:", key("acme.example.com", "cid", "sec", "")],
    ["acme.example.com:cid:sec:None", key("acme.example.com", "cid", "sec", "")],
    ["dns:///acme.example.com:cid:sec:org", key("dns:///acme.example.com")],
    ["https://acme.example.com:cid:sec:org", key("https://acme.example.com")],
    ["acme.example.com:8443:cid:sec:org", key("acme.example.com:8443")],
    ["dns:///localhost:8090:cid:sec:org", key("dns:///localhost:8090")],
    ["[::1]:8090:cid:sec:org", key("[::1]:8090")],
    ["acme.example.com:cid:se:cr:et:org", key("acme.example.com", "cid", "se:cr:et")],
    ["acme.example.com:8443:cid:se:cr:et:org", key("acme.example.com:8443", "cid", "se:cr:et")],
    ["acme.example.com:4711:sec:org", key("acme.example.com", "4711")],
  ])("reads %s", (text, expected) => {
    expect(parseApiKey(encode(text))).toEqual(expected);
    expect(parseApiKey(encode(text).replace(/=+$/, ""))).toEqual(expected);
  });

  it.each([
    "acme:cid:sec",
    "acme::sec:org",
    "acme:cid::org",
    ":cid:sec:org",
    "two words:cid:sec:org",
    "acme:cid:s\u0000ec:org",
    "",
  ])("reads no key in %j", (text) => {
    expect(parseApiKey(encode(text))).toBeUndefined();
  });

  it("takes no other token for one", () => {
    for (const token of ["", "fwk_AAAA", "not base64!", `fwk_${"x".repeat(43)}`, "a.b.c", "\u00ff"]) {
      expect(parseApiKey(token)).toBeUndefined();
    }
  });
});

describe("apiKeyOf", () => {
  it("finds a key in a bearer, whatever the scheme's case", () => {
    const text = encode("acme:cid:sec:org");
    expect(apiKeyOf(`bearer  ${text}`)).toEqual({ key: key("acme"), text });
    for (const other of [undefined, "", "Bearer", `Basic ${text}`, text, `Bearer ${text} x`]) {
      expect(apiKeyOf(other)).toBeUndefined();
    }
  });
});

describe("isKeyOf", () => {
  it.each([
    ["acme.example.com", "https://acme.example.com", true],
    ["ACME.example.com", "https://acme.example.com", true],
    ["acme.example.com", "https://acme.example.com:8443", true],
    ["acme.example.com:8443", "https://acme.example.com:8443", true],
    ["acme.example.com:443", "https://acme.example.com", true],
    ["acme.example.com:8443", "https://acme.example.com", false],
    ["evil.example.com", "https://acme.example.com", false],
    ["acme.example.com.evil.org", "https://acme.example.com", false],
  ])("%s and %s: %s", (endpoint, origin, expected) => {
    expect(isKeyOf(key(endpoint), [origin])).toBe(expected);
    expect(isKeyOf(key(endpoint), ["http://internal:8090", origin])).toBe(expected);
  });
});

describe("basicHeader", () => {
  it("encodes the secret as Python does", () => {
    expect(basicHeader("id", "se/c+ret =&")).toBe("Basic aWQ6c2UlMkZjJTJCcmV0KyUzRCUyNg==");
  });
});
