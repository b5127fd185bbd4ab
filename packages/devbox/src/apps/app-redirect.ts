import type { PlainRoute } from "../server/http-server.ts";
import type { AppSupervisor } from "./supervisor.ts";

/**
 * `/apps/{project}/{domain}/{name}/…`: sends a caller on to the app's own address, for apps that know others by name. It is
 * the one of numbers: a process may not resolve the other.
 */
export function appRedirect(supervisor: AppSupervisor): PlainRoute {
  const parts = (url = "") => /^\/apps\/([^/?]+)\/([^/?]+)\/([^/?]+)(.*)$/.exec(url);
  return {
    handles: ({ url }) => parts(url) !== null,
    handle({ url }, response) {
      const [, project = "", domain = "", name = "", rest = ""] = parts(url) ?? [];
      const app = supervisor.get({ project, domain, name });
      if (!app) return void response.writeHead(404, { "content-type": "text/plain" }).end(`no app ${name}\n`);
      response.writeHead(307, { location: `${app.localUrl}${rest || "/"}` }).end();
    },
  };
}
