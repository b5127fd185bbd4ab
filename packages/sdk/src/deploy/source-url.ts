import { execFile } from "node:child_process";
import { sourceLink } from "../serialize/source-link.ts";

/** Milliseconds that one git command may take. */
const TIMEOUT_MS = 3000;

function git(cwd: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("git", args, { cwd, timeout: TIMEOUT_MS }, (error, stdout) =>
      error ? reject(error) : resolve(stdout.trim()),
    );
  });
}

/**
 * The web page of the commit that a directory's checkout is at: on its remote `origin`, else on its first remote.
 * Undefined without git, a checkout, a commit or a remote that is a web host; a deploy never fails for lack of it.
 */
export async function findSourceUrl(cwd: string): Promise<string | undefined> {
  try {
    const [commit, listed] = await Promise.all([git(cwd, "rev-parse", "HEAD"), git(cwd, "remote")]);
    const remotes = listed.split("\n").filter((name) => name !== "");
    const remote = remotes.includes("origin") ? "origin" : remotes[0];
    return remote === undefined ? undefined : sourceLink(await git(cwd, "remote", "get-url", remote), commit);
  } catch {
    return undefined;
  }
}
