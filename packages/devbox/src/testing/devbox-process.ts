/** A devbox as a process of its own, for tests that kill it: prints its endpoint as one line of JSON when it serves. */
import { startDevbox } from "../devbox.ts";

const [dir = "", port = "0", maxTasks = "8"] = process.argv.slice(2);
const { endpoint } = await startDevbox({ dir, port: Number(port), maxTasks: Number(maxTasks) });
process.stdout.write(`${JSON.stringify({ endpoint })}\n`);
