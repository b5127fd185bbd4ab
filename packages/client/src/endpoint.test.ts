import { describe, expect, it } from "vitest";
import { guessOrg, parseEndpoint } from "./endpoint.ts";

describe("parseEndpoint", () => {
  it.each([
    ["dns:///acme.example.com", false, "https://acme.example.com"],
    ["dns:///localhost:30080", true, "http://localhost:30080"],
    ["acme.example.com:8443", false, "https://acme.example.com:8443"],
    ["127.0.0.1:8090", true, "http://127.0.0.1:8090"],
    ["http://127.0.0.1:8090", false, "http://127.0.0.1:8090"],
    ["https://acme.example.com/", true, "https://acme.example.com"],
    ["[::1]:8090", true, "http://[::1]:8090"],
  ])("%s (insecure %s) is %s", (text, insecure, origin) => {
    expect(parseEndpoint(text, insecure).origin).toBe(origin);
  });

  it.each(["", "ftp://host", "https://host/path", "https://user:pw@host", "a b", "https://"])("refuses %j", (text) => {
    expect(() => parseEndpoint(text)).toThrow(/is no address/);
  });
});

describe("guessOrg", () => {
  it.each([
    ["acme.cloud.example.com", "acme"],
    ["example.com", ""],
    ["localhost:8090", ""],
    ["10.0.0.1:8090", ""],
  ])("%s → %j", (text, org) => {
    expect(guessOrg(parseEndpoint(text))).toBe(org);
  });
});
