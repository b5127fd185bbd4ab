import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

export interface LoginPage {
  readonly status: number;
  readonly url: URL;
  readonly html: string;
  readonly headers: IncomingMessage["headers"];
}

/** A browser in a few lines: it keeps cookies by path, follows redirects, and sends the forms of pages. */
export class LoginBrowser {
  readonly #ca: string | undefined;
  readonly #cookies = new Map<string, { value: string; path: string }>();
  readonly #agent = new Agent();

  constructor(ca?: string) {
    this.#ca = ca;
  }

  async open(address: string | URL, form?: Record<string, string>): Promise<LoginPage> {
    const url = new URL(address);
    const answer = await this.#send(url, form);
    for (const line of answer.headers["set-cookie"] ?? []) this.#keep(line);
    const { location } = answer.headers;
    if (location !== undefined && [302, 303].includes(answer.status)) return this.open(new URL(location, url));
    return answer;
  }

  /** Presses a button of the page's form; by its `name=value`, or the first. */
  press(page: LoginPage, button?: Record<string, string>): Promise<LoginPage> {
    const action = /<form[^>]*action="([^"]*)"/.exec(page.html)?.[1] ?? page.url.href;
    const fields = [...page.html.matchAll(/<input[^>]*>/g)].map(([input]) => {
      const attribute = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(input)?.[1] ?? "";
      return [attribute("name"), attribute("value")];
    });
    return this.open(new URL(action, page.url), { ...Object.fromEntries(fields), ...button });
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split(/; */);
    const [name = "", value = ""] = pair.split("=", 2);
    const path = /path=([^;]*)/i.exec(attributes.join(";"))?.[1] ?? "/";
    if (value === "") this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { value, path });
  }

  #send(url: URL, form: Record<string, string> | undefined): Promise<LoginPage> {
    const cookie = [...this.#cookies]
      .filter(([, { path }]) => url.pathname.startsWith(path))
      .map(([key, { value }]) => `${key.split(" ")[0]}=${value}`)
      .join("; ");
    const headers = {
      accept: "text/html",
      ...(cookie !== "" && { cookie }),
      ...(form && { origin: url.origin, "content-type": "application/x-www-form-urlencoded" }),
    };
    const method = form ? "POST" : "GET";
    const request =
      url.protocol === "https:"
        ? httpsRequest(url, { method, headers, ca: this.#ca })
        : httpRequest(url, { method, headers, agent: this.#agent });
    return new Promise((resolve, reject) => {
      request.on("error", reject);
      request.on("response", async (response) => {
        let html = "";
        for await (const chunk of response) html += chunk;
        resolve({ status: response.statusCode ?? 0, url, html, headers: response.headers });
      });
      request.end(form && new URLSearchParams(form).toString());
    });
  }
}
