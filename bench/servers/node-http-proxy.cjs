// Baseline: what one writes by hand on node:http to make the same upstream calls: kept-alive connections, the caller's
// credentials, the same request bytes, one call after the other; the last answer is passed on as it came. Nothing is
// decoded or checked.
const { Agent, createServer, request } = require("node:http");

const upstream = new URL(process.env.UPSTREAM);
const calls = JSON.parse(process.env.CALLS).map(({ path, body }) => ({ path, body: Buffer.from(body, "base64") }));
const agent = new Agent({ keepAlive: true });

function send(calls, index, authorization, done) {
  const { path, body } = calls[index];
  const call = request(
    {
      agent,
      host: upstream.hostname,
      port: upstream.port,
      path,
      method: "POST",
      headers: {
        authorization,
        "content-type": "application/proto",
        "connect-protocol-version": "1",
        "connect-timeout-ms": "30000",
        "content-length": body.length,
      },
    },
    (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        if (answer.statusCode === 200 && index + 1 < calls.length) send(calls, index + 1, authorization, done);
        else done(answer.statusCode, answer.headers["content-type"], Buffer.concat(chunks));
      });
    },
  );
  call.on("error", () => done(502, "text/plain", Buffer.alloc(0)));
  call.end(body);
}

createServer((incoming, response) => {
  const { authorization } = incoming.headers;
  const answer = (status, type, body) => {
    response.writeHead(status, { "content-type": type, "content-length": body.length });
    response.end(body);
  };
  if (incoming.method === "GET") return send(calls, 0, authorization, answer);
  const chunks = [];
  incoming.on("data", (chunk) => chunks.push(chunk));
  incoming.on("end", () => {
    JSON.parse(Buffer.concat(chunks));
    send(calls, 0, authorization, answer);
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
