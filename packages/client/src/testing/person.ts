import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LoginPrompt } from "../auth/login-prompt.ts";

interface Page {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

/** A browser as far as logging in needs one: redirects, cookies by host, and forms that are sent as they stand. */
export class Browser {
  readonly #ca: string;
  readonly #cookies = new Map<string, Map<string, string>>();

  constructor(ca: string) {
    this.#ca = ca;
  }

  /** The page that an address leads to in the end. */
  async visit(address: string, form?: Record<string, string>): Promise<Page> {
    let [url, body] = [new URL(address), form];
    for (let redirects = 0; redirects < 20; redirects++) {
      const { status, location, text } = await this.#send(url, body);
      if (location === undefined) return { url: url.href, status, text };
      [url, body] = [new URL(location, url), undefined];
    }
    throw new Error(`${address} redirects without end`);
  }

  /** Sends the one form of a page, with the hidden fields that it has. */
  async submit(page: Page, more: Record<string, string> = {}): Promise<Page> {
    const [, action = ""] = /<form[^>]*\baction="([^"]*)"/.exec(page.text) ?? [];
    const fields = [...page.text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
      /name="([^"]*)"/.exec(tag)?.[1] ?? "",
      /value="([^"]*)"/.exec(tag)?.[1] ?? "",
    ]);
    return this.visit(new URL(action, page.url).href, { ...Object.fromEntries(fields), ...more });
  }

  #send(url: URL, form: Record<string, string> | undefined) {
    const jar = this.#cookies.get(url.host) ?? new Map<string, string>();
    this.#cookies.set(url.host, jar);
    const request = url.protocol === "https:" ? httpsRequest : httpRequest;
    const headers = {
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
      ...(form && { "content-type": "application/x-www-form-urlencoded" }),
    };
    return new Promise<{ status: number; location: string | undefined; text: string }>((resolve, reject) => {
      const sent = request(url, { ca: this.#ca, headers, method: form ? "POST" : "GET" }, async (response) => {
        for (const cookie of response.headers["set-cookie"] ?? []) {
          const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          jar.set(name, value);
        }
        let text = "";
        response.setEncoding("utf8");
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, text });
      });
      sent.on("error", reject);
      sent.end(form && new URLSearchParams(form).toString());
    });
  }
}

/** A person at the browser, who logs in wherever they are led to. */
export function personAt(ca: string): LoginPrompt & { readonly pages: Page[] } {
  const browser = new Browser(ca);
  const pages: Page[] = [];
  return {
    pages,
    tell(text) {
      const [, page, code] = /^Log in at (\S+) with the code (\S+)$/.exec(text) ?? [];
      if (page === undefined || code === undefined) return;
      const enter = async () => {
        const first = await browser.visit(page);
        const asked = await browser.submit(first, { user_code: code });
        pages.push(await browser.submit(asked, { confirm: "yes" }));
      };
      enter().catch((error: Error) => pages.push({ url: page, status: 0, text: error.message }));
    },
    async open(url) {
      browser.visit(url).then(
        (page) => pages.push(page),
        (error: Error) => pages.push({ url, status: 0, text: error.message }),
      );
      return true;
    },
  };
}
