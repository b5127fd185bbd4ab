// Baseline: what one writes by hand on node:http to make the same upstream call: kept-alive connections, the caller's
// credentials, the same request bytes; the answer is passed on as it came, neither decoded nor checked.
const { Agent, createServer, request } = require("node:http");

const upstream = new URL(process.env.UPSTREAM);
const requestBytes = Buffer.from(process.env.REQUEST, "base64");
const agent = new Agent({ keepAlive: true });

createServer((incoming, response) => {
  const call = request(
    {
      agent,
      host: upstream.hostname,
      port: upstream.port,
      path: upstream.pathname,
      method: "POST",
      headers: {
        authorization: incoming.headers.authorization,
        "content-type": "application/proto",
        "connect-protocol-version": "1",
        "connect-timeout-ms": "30000",
        "content-length": requestBytes.length,
      },
    },
    (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const body = Buffer.concat(chunks);
        response.writeHead(answer.statusCode, {
          "content-type": answer.headers["content-type"],
          "content-length": body.length,
        });
        response.end(body);
      });
    },
  );
  call.on("error", () => response.writeHead(502).end());
  call.end(requestBytes);
}).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
