/** Code of an app that answers each request with a text, and ends once it has no connection when it is told to. */
export function answering(text: string): string {
  return `
    const server = require("node:http").createServer((request, response) => response.end(${JSON.stringify(text)}));
    server.listen(process.env.PORT, "127.0.0.1");
    process.on("SIGTERM", () => server.close());`;
}

/** Code of an app that runs `body` for each request, with `request` and `response`. */
export function handling(body: string): string {
  return `require("node:http").createServer((request, response) => { ${body} }).listen(process.env.PORT, "127.0.0.1");`;
}
