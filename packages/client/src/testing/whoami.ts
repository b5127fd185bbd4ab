import { readFileSync } from "node:fs";
import { loginWith } from "../auth/login.ts";
import { userTokenStore } from "../auth/token-store.ts";
import { createConnection } from "../connection.ts";
import { Users } from "../users.ts";

/** What the program is told, as JSON in its one argument. */
export interface WhoamiOptions {
  readonly endpoint: string;
  readonly caFile: string;
  /** Where the login is kept. */
  readonly tokenFile: string;
  /** Calls at once, and how often. Default once, one. */
  readonly calls?: number;
  readonly times?: number;
  /** Milliseconds that this process' clock is ahead of the machine's. */
  readonly clockAheadMs?: number;
}

export type Whoami = { readonly subject: string } | { readonly code: string; readonly message: string; hint?: string };

/**
 * A program that uses a kept login: says "ready", waits for a line, asks the control plane who it is, and prints the
 * answers as JSON. It is run as a process of its own.
 */
const options = JSON.parse(process.argv[2] ?? "{}") as WhoamiOptions;
const { clockAheadMs = 0, calls = 1, times = 1 } = options;
const now = Date.now;
Date.now = () => now() + clockAheadMs;

// The keyring of whoever runs the tests is left alone.
const none = async () => Promise.reject(new Error("no keyring"));
const store = userTokenStore({ get: none, set: none, delete: none }, options.tokenFile);
const connection = createConnection({
  endpoint: options.endpoint,
  ca: readFileSync(options.caFile, "utf8"),
  auth: loginWith({ type: "Pkce", store, mayAsk: false }),
});
const users = new Users(connection);
process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
const answers: Whoami[] = [];
for (let time = 0; time < times; time++) {
  const asked = Array.from({ length: calls }, () =>
    users.me().then(
      ({ subject }) => ({ subject }),
      ({ code, message, hint }) => ({ code, message, hint }),
    ),
  );
  answers.push(...(await Promise.all(asked)));
}
process.stdout.write(`${JSON.stringify(answers)}\n`);
await connection.close();
process.exit(0);
