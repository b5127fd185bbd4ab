import { spawn } from "node:child_process";

/** How a login reaches the person. */
export interface LoginPrompt {
  /** Shows a line of text. */
  tell(text: string): void;
  /** Opens an address in the browser; false when there is none to open it. */
  open(url: string): Promise<boolean>;
}

/** The terminal (its error output, because output is data) and the desktop's browser. */
export const terminalPrompt: LoginPrompt = {
  tell: (text) => void process.stderr.write(`${text}\n`),
  open: openBrowser,
};

const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

function openBrowser(url: string): Promise<boolean> {
  const [command, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  return new Promise((resolve) => {
    const child = spawn(command, [...args, url], { stdio: "ignore", detached: true });
    child.on("error", () => resolve(false));
    child.on("spawn", () => resolve(true));
    child.unref();
  });
}
