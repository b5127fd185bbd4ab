import { describe, expect, it } from "vitest";
import { HttpSyntaxError, ResponseParser } from "./response-parser.ts";

interface Seen {
  status?: number;
  type?: string;
  body: string;
  whole: boolean;
  keepAlive: boolean;
}

function read(pieces: readonly string[], ended = false): Seen {
  const seen: Partial<Seen> & { body: string } = { body: "" };
  const parser = new ResponseParser({
    onHead: (status, type) => Object.assign(seen, { status, type }),
    onBody: (bytes) => {
      seen.body += bytes.toString("latin1");
    },
  });
  let whole = false;
  for (const piece of pieces) whole = parser.push(Buffer.from(piece, "latin1"));
  if (ended) whole = parser.end();
  return { ...seen, whole, keepAlive: parser.keepAlive };
}

const RESPONSES = {
  length: "HTTP/1.1 200 OK\r\nContent-Type: application/proto\r\ncontent-length: 5\r\n\r\n\x00\xff\r\nz",
  empty: "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
  "no reason": "HTTP/1.1 500 \r\ncontent-length:1\r\n\r\nx",
  chunked: "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
  trailers: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx: y\r\n\r\n",
  "no body": "HTTP/1.1 204 No Content\r\n\r\n",
  interim: "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nb",
  close: "HTTP/1.1 200 OK\r\nConnection: keep-alive, close\r\ncontent-length: 1\r\n\r\nb",
  "1.0": "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nb",
} as const;

describe("ResponseParser", () => {
  it.each([
    ["length", { status: 200, type: "application/proto", body: "\x00\xff\r\nz", keepAlive: true }],
    ["empty", { status: 200, body: "", keepAlive: true }],
    ["no reason", { status: 500, body: "x", keepAlive: true }],
    ["chunked", { status: 404, body: "abc0123456789", keepAlive: true }],
    ["trailers", { status: 200, body: "a", keepAlive: true }],
    ["no body", { status: 204, body: "", keepAlive: true }],
    ["interim", { status: 200, body: "b", keepAlive: true }],
    ["close", { status: 200, body: "b", keepAlive: false }],
    ["1.0", { status: 200, body: "b", keepAlive: false }],
  ] as const)("reads %s, wherever the pieces are cut", (name, expected) => {
    const text = RESPONSES[name];
    for (let a = 1; a <= text.length; a++) {
      for (let b = a; b <= text.length; b += 3) {
        const pieces = [text.slice(0, a), text.slice(a, b), text.slice(b)].filter((piece) => piece !== "");
        expect(read(pieces), pieces.join("|")).toMatchObject({ ...expected, whole: true });
      }
    }
    expect(read([...text])).toMatchObject({ ...expected, whole: true });
  });

  it("is not done before the end has come", () => {
    for (const text of Object.values(RESPONSES)) {
      for (let length = 1; length < text.length; length++) {
        expect(read([text.slice(0, length)]).whole, text.slice(0, length)).toBe(false);
        expect(read([text.slice(0, length)], true).whole, text.slice(0, length)).toBe(false);
      }
    }
  });

  it("takes a body without a length until the connection ends, and never uses that again", () => {
    const text = "HTTP/1.1 200 OK\r\n\r\nabc";
    expect(read([text])).toMatchObject({ whole: false });
    expect(read([text], true)).toMatchObject({ body: "abc", whole: true, keepAlive: false });
  });

  it("knows how long the peer keeps an idle connection", () => {
    const parser = new ResponseParser({ onHead() {}, onBody() {} });
    parser.push(Buffer.from("HTTP/1.1 200 OK\r\nKeep-Alive: max=5, timeout=72\r\ncontent-length: 0\r\n\r\n"));
    expect(parser.keepAliveSeconds).toBe(72);
  });

  it.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    ["HTTP/2", "HTTP/2 200\r\n\r\n"],
    ["a status that is none", "HTTP/1.1 2000 OK\r\n\r\n"],
    ["bytes after the end", `${RESPONSES.length}HTTP/1.1 200 OK\r\n`],
    ["bytes after chunks", `${RESPONSES.chunked}x`],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
    ["a list of lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n\r\na"],
    ["a negative length", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\na"],
    ["a length beyond all", "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999\r\n\r\na"],
    ["length and chunks", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["another coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n"],
    ["chunked twice", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n"],
    ["compression", "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n"],
    ["a folded header", "HTTP/1.1 200 OK\r\nx: y\r\n content-length: 1\r\n\r\n"],
    ["a blank before the colon", "HTTP/1.1 200 OK\r\ncontent-length : 1\r\n\r\na"],
    ["a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"],
    ["a bare newline", "HTTP/1.1 200 OK\r\nx: y\ncontent-length: 1\r\n\r\na"],
    ["a chunk length that is none", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x1\r\na\r\n"],
    ["a chunk length beyond all", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffff\r\n"],
    ["a chunk that is too long", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"],
    ["a switch of protocols", "HTTP/1.1 101 Switching\r\n\r\n"],
    ["a head without an end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(70_000)}`],
  ])("refuses %s", (_, text) => {
    expect(() => read([text])).toThrow(HttpSyntaxError);
    expect(() => read([...text])).toThrow(HttpSyntaxError);
  });
});
