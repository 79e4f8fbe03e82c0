// Bundles each peer as its users would. Umami's tracker stands as a source in its package, which is fetched by itself:
// installing it would bring a whole server.
import { execFileSync } from "node:child_process";
import { build } from "esbuild";

const UMAMI = "umami-2.10.0.tgz";
execFileSync("npm", ["pack", "umami@2.10.0", "--silent"], { stdio: "ignore" });
execFileSync("tar", ["xzf", UMAMI, "package/src/tracker/index.js"]);
await build({
  entryPoints: { posthog: "posthog.js", snowplow: "snowplow.js", plausible: "plausible.js", umami: "package/src/tracker/index.js" },
  outdir: "built",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
});
