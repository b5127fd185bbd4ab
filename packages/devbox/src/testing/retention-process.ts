/** A devbox as a process of its own that keeps runs for a day, for tests that kill it. */
import { startDevboxWith } from "../devbox.ts";

const [dir = ""] = process.argv.slice(2);
const { endpoint } = await startDevboxWith(
  { dir, port: 0, retention: { maxAgeMs: 86_400_000 } },
  { retentionTimes: { roundMs: 100, searchMs: 0, graceMs: 0 } },
);
process.stdout.write(`${JSON.stringify({ endpoint })}\n`);
