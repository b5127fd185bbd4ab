/** Pages of the console, by the paths that Flyte's own links have. */

interface Scope {
  readonly project: string;
  readonly domain: string;
}

const page = (base: string, { project, domain }: Scope, kind: string, name: string): string =>
  `${base}/v2/domain/${encodeURIComponent(domain)}/project/${encodeURIComponent(project)}/${kind}/${encodeURIComponent(name)}`;

export function runUrl(base: string, run: Scope & { name: string }): string {
  return page(base, run, "runs", run.name);
}

export function appUrl(base: string, app: Scope & { name: string }): string {
  return page(base, app, "apps", app.name);
}

/** The console beside a control plane: the same origin, but `localhost:8080` for the plane at `localhost:8090`. */
export function consoleBase(origin: string): string {
  return origin.replace(/^(https?:\/\/localhost):8090$/, "$1:8080");
}
