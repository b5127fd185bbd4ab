// Builds the console's page into dist/page, after its types have been checked: what the devbox serves to browsers.
import { build } from "vite";

await build({
  root: "console",
  base: "/console/",
  configFile: false,
  logLevel: "warn",
  build: {
    outDir: "../dist/page",
    emptyOutDir: true,
    assetsDir: ".",
    target: "es2023",
    // The policy of the page allows no code within it, and its few files need no preloading.
    modulePreload: false,
    assetsInlineLimit: 0,
  },
});
