// Baseline: the least that Node needs to answer JSON.
const { createServer } = require("node:http");

const body = JSON.stringify({ status: "healthy" });
createServer((_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
