// A devbox in the directory that is its argument, on PORT.
import { startDevbox } from "@flyte-webhook/devbox";

const devbox = await startDevbox({ dir: process.argv[2], port: Number(process.env.PORT) });
process.on("SIGTERM", () => devbox.close().then(() => process.exit(0)));
