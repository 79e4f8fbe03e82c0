// src/ -> assets/app.js and app.css, which are committed. With --check: fails when they are not what the sources make.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const { outputFiles } = await build({
  absWorkingDir: ROOT,
  entryPoints: { app: "src/main.js" },
  outdir: "assets",
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  minify: true,
  legalComments: "eof",
  write: false,
  logLevel: "error",
});

const stale = [];
for (const { path, contents } of outputFiles) {
  const name = path.slice(ROOT.length);
  if (!process.argv.includes("--check")) await writeFile(path, contents);
  else if (!Buffer.from(contents).equals(await readFile(path).catch(() => Buffer.alloc(0)))) stale.push(name);
  console.log(`${name} ${contents.length} bytes`);
}
if (stale.length) {
  console.error(`Stale, run \`make js\`: ${stale.join(", ")}`);
  process.exit(1);
}
