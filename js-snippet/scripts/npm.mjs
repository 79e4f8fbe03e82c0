// The npm package: the calls as functions, the core they load, and its parts as modules of their own, so that a bundler
// leaves each out until it is wanted. Not minified: that is the application's build's job.
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { PARTS } from "./bundle.mjs";
import { ROOT } from "./paths.mjs";

const CORE = "./core.js";
const names = Object.fromEntries(PARTS.map((name) => [name, name]));
const imports = PARTS.map((name) => `${name}: () => import("./${name}.js")`).join(", ");

/** Parts are imported instead of loaded by their hashes, and import from the core instead of being lent to. */
const VIRTUAL = {
  "ix:chunks": `export const hashes = ${JSON.stringify(names)}`,
  "ix:kit": "export const kit = () => []",
  chunk: `import { log } from "./debug"; import { guard } from "./guard"; const parts = { ${imports} };
    export const load = (name, then = () => {}) => void parts[name]().catch(log).then(guard(() => then()));`,
};

const seams = (inCore) => ({
  name: "seams",
  setup(build) {
    const own = { namespace: "seam" };
    build.onResolve({ filter: /^ix:/ }, ({ path }) => ({ path, ...own }));
    build.onResolve({ filter: /(^|\/)chunk$/ }, () => ({ path: "chunk", ...own }));
    build.onResolve({ filter: /(^|\/)own-tag$/ }, () => ({ path: ROOT + "src/npm/own-tag.ts" }));
    if (!inCore) build.onResolve({ filter: /(^|\/)kit$/ }, () => ({ path: CORE, external: true }));
    build.onResolve({ filter: /^\.\/\w+\.js$/ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path, external: true } : undefined,
    );
    build.onLoad({ filter: /.*/, ...own }, ({ path }) => ({ resolveDir: ROOT + "src", contents: VIRTUAL[path] }));
  },
});

async function module(entry, inCore) {
  const bundled = await build({
    absWorkingDir: ROOT,
    preserveSymlinks: true, // the same names of files wherever the packages lie
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    target: "es2020",
    charset: "utf8",
    legalComments: "eof",
    write: false,
    logLevel: "error",
    plugins: [seams(inCore)],
  });
  return Buffer.from(bundled.outputFiles[0].contents);
}

/** index.d.ts and what it refers to. */
async function types() {
  const folder = await mkdtemp(join(tmpdir(), "types-"));
  try {
    const options = ["--project", "tsconfig.npm.json", "--outDir", folder];
    execFileSync(process.execPath, [ROOT + "node_modules/typescript/bin/tsc", ...options], { cwd: ROOT, stdio: "inherit" });
    const index = await readFile(join(folder, "npm/index.d.ts"), "utf8");
    const protocol = await readFile(join(folder, "protocol.gen.d.ts"));
    return { "index.d.ts": Buffer.from(index.replaceAll("../protocol", "./protocol")), "protocol.gen.d.ts": protocol };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The files of npm/, as names and bytes. */
export async function npmPackage() {
  const files = { "index.js": await module("src/npm/index.ts", true), "core.js": await module("src/npm/core.ts", true) };
  for (const part of PARTS) files[part + ".js"] = await module(`src/chunks/${part}.ts`, false);
  return { ...files, ...(await types()) };
}
