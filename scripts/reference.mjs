// npm run reference: the API reference, as pages in docs/reference/html.
import { join } from "node:path";
import { build, environment, root, run, setup } from "./setup.mjs";

const node = setup();
build(node);
// It has a TypeScript of its own, so it lies beside that one.
const typedoc = join(root, "docs", "reference", "node_modules", "typedoc", "bin", "typedoc");
run(node, [typedoc, "--options", "docs/reference/typedoc.json", ...process.argv.slice(2)], { env: environment(node) });
