/**
 * The web page of a commit, from the address of a git remote: `https://host/path/tree/<commit>`. Credentials in the
 * address never appear in it. Answers undefined for an address that is no web host (a path, a bundle).
 */
export function sourceLink(remote: string, commit: string): string | undefined {
  const scp = /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/\/)(\S+)$/.exec(remote.trim());
  const url = scp ? URL.parse(`https://${scp[1]}/${scp[2]}`) : URL.parse(remote.trim());
  if (!url || !["https:", "http:", "ssh:", "git:"].includes(url.protocol) || url.hostname === "") return undefined;
  const web = url.protocol === "http:" || url.protocol === "https:";
  const origin = web ? `${url.protocol}//${url.host}` : `https://${url.hostname}`;
  const path = url.pathname.replace(/\/+$/, "").replace(/\.git$/, "");
  return `${origin}${path.startsWith("/") ? "" : "/"}${path}/tree/${commit}`;
}
