import { describe, expect, it } from "vitest";
import { appEndpoint, targetUrl } from "./target-url.ts";

const endpoint = appEndpoint("https://helper.apps.example/sub", false);

describe("appEndpoint", () => {
  it.each([
    ["https://a.example", "https://a.example/"],
    ["https://a.example/sub//?q=1#f", "https://a.example/sub/"],
    ["https://a.example:8443/x", "https://a.example:8443/x/"],
  ])("%s → %s", (text, href) => expect(appEndpoint(text, false).href).toBe(href));

  it.each([
    "file:///etc/passwd",
    "file://",
    "ftp://a.example/",
    "gopher://a.example/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "//a.example/",
    "a.example",
    "https://user:pass@a.example/",
    "https://",
    "http://a.example/",
  ])("refuses %s", (text) =>
    expect(() => appEndpoint(text, false)).toThrow(expect.objectContaining({ code: "bad_target" })),
  );

  it("takes plain http where credentials may travel so", () => {
    expect(appEndpoint("http://a.example", true).href).toBe("http://a.example/");
  });
});

describe("targetUrl", () => {
  it.each([
    ["", "/sub/"],
    ["/", "/sub/"],
    ["x", "/sub/x"],
    ["/a/../b", undefined],
    ["/a/./b", "/sub/a/b"],
    ["//evil.example/x", "/sub/evil.example/x"],
    ["///evil.example", "/sub/evil.example"],
    ["http://evil.example/x", "/sub/http://evil.example/x"],
    ["@evil.example/x", "/sub/@evil.example/x"],
    [":80@evil.example", "/sub/:80@evil.example"],
    ["\\\\evil.example\\x", "/sub/%5C%5Cevil.example%5Cx"],
    ["/\\evil.example", "/sub/%5Cevil.example"],
    ["/a b", "/sub/a%20b"],
    ["/ü", "/sub/%C3%BC"],
    ["/\u2024\u2024/x", "/sub/%E2%80%A4%E2%80%A4/x"],
    ["/\uff0e\uff0e/x", "/sub/%EF%BC%8E%EF%BC%8E/x"],
    ["/x\u2028y", "/sub/x%E2%80%A8y"],
    ["/a%0Ab", "/sub/a%0Ab"],
    ["/..hidden/x", "/sub/..hidden/x"],
    ["/...", "/sub/..."],
    ["..", undefined],
    ["/../json", undefined],
    ["/x/..", undefined],
    ["/%2e%2e/json", undefined],
    ["/%2E./json", undefined],
    ["/.%2e/json", undefined],
    ["/%252e%252e/json", undefined],
    ["/%25252e%25252e/json", undefined],
    ["/..%2fjson", undefined],
    ["/x%2f..%2f..%2fjson", undefined],
    ["/..%5cjson", undefined],
    ["/..\\json", undefined],
    ["/..;/json", undefined],
    ["/..;v=1/json", undefined],
    ["/x\r\nX-Evil: 1", undefined],
    ["/\t/evil.example", undefined],
    ["/x\u0000", undefined],
    ["/x?a=\n1", undefined],
  ])("%j → %s", (path, expected) => {
    if (expected === undefined) {
      expect(() => targetUrl(endpoint, path)).toThrow(expect.objectContaining({ code: "invalid_request" }));
      return;
    }
    const url = targetUrl(endpoint, path);
    expect(url.origin).toBe(endpoint.origin);
    expect(url.pathname).toBe(expected);
    expect(url.username).toBe("");
  });

  it("joins the query of the path with the given one and cuts the fragment", () => {
    const url = targetUrl(endpoint, "/p?a=1&b=x y#frag?c=3", [
      ["b", "2"],
      ["ü", "&="],
    ]);
    expect(url.hash).toBe("");
    expect([...url.searchParams]).toEqual([
      ["a", "1"],
      ["b", "x y"],
      ["b", "2"],
      ["ü", "&="],
    ]);
  });
});
