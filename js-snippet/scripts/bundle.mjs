// src/ -> the files of dist/, as names and bytes. The same input gives the same output, on any machine.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import zopfli from "@gfx/zopfli";
import { minify } from "terser";
import { ROOT } from "./paths.mjs";

// zopfli's would print all of its own source before an error of ours
for (const event of ["uncaughtException", "unhandledRejection"]) process.removeAllListeners(event);

const TARGET = "es2020";
/** How many names are tried for each part. */
const SALTS = 36 ** 3;
const MUST = 6.0 * 1024;
const LIMIT = 7 * 1024;

/** src/chunks/<name>.ts, and their limits in bytes gzipped. Each may load those before it; the core only the last. */
const CHUNKS = { debug: 1536, vitals: 4096, shot: 13 * 1024, feedback: 3072, more: 5.5 * 1024 };
export const PARTS = Object.keys(CHUNKS);
const CORE = "src/main.ts";
/** What runs as soon as it has come: the browser compiles all of it aside, instead of each function when it is called. */
const ATONCE = new Set([CORE, "src/chunks/more.ts"]);

const names = async () => {
  const source = await readFile(ROOT + "src/kit.ts", "utf8");
  return /export \{([^}]*)\}/.exec(source)[1].split(",").map((name) => name.trim()).filter(Boolean);
};

/** In a chunk, `kit` is what the running core lends; in the core, `ix:kit` is made of it (a list: shorter). */
const seams = (entry, kit, hashes) => ({
  name: "seams",
  setup(build) {
    const own = { namespace: "seam" };
    build.onResolve({ filter: /^ix:/ }, ({ path }) => ({ path, ...own }));
    if (entry !== CORE) build.onResolve({ filter: /(^|\/)kit$/ }, () => ({ path: "lent", ...own }));
    build.onLoad({ filter: /.*/, ...own }, ({ path }) => ({
      resolveDir: ROOT + "src",
      contents: {
        "ix:chunks": `export const hashes = ${JSON.stringify(hashes)}`,
        "ix:kit": `import { ${kit} } from "./kit"; export const kit = () => [${kit}]`,
        lent: `export const [${kit}] = window.ix.kit`,
      }[path],
    }));
  },
});

async function script(entry, kit, hashes) {
  const bundled = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    format: "iife",
    target: TARGET,
    charset: "utf8",
    minifySyntax: true, // packs better than terser's alone
    write: false,
    logLevel: "error",
    plugins: [seams(entry, kit, hashes)],
  });
  const { code } = await minify(bundled.outputFiles[0].text.replace('"use strict";', ""), {
    ecma: 2020,
    toplevel: true,
    mangle: { toplevel: true },
    compress: {
      ecma: 2020,
      passes: 4,
      inline: 1, // bodies that are put in place of their calls pack worse
      toplevel: true,
      pure_getters: true,
      unsafe_arrows: true,
      unsafe_methods: true,
      hoist_props: true,
      hoist_funs: true,
      keep_fargs: false,
      booleans_as_integers: true, // the script puts no boolean of its own on the wire
    },
    // safe in whatever charset the page has
    format: { ascii_only: true, preamble: ATONCE.has(entry) ? "//# allFunctionsCalledOnLoad" : undefined },
  });
  return Buffer.from(code + "\n");
}

/** What any browser unpacks, searched longer than zlib does; without the time of writing and the name of the system,
 *  which would differ from build to build. */
async function gzip(bytes) {
  const packed = Buffer.from(await zopfli.gzipAsync(bytes, { numiterations: 30 }));
  packed.fill(0, 4, 8);
  packed[9] = 255;
  return packed;
}

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });

/** One script as the three files that are served, and its line in the manifest. Throws where it is over its limit. */
export async function pack(name, js) {
  const limit = name === "v1.js" ? LIMIT : CHUNKS[name.replace(".js", "")];
  const [gz, br] = [await gzip(js), brotli(js)];
  if (gz.length > limit) throw new Error(`${name} is ${gz.length} bytes gzipped; the limit is ${limit}`);
  const files = { [name]: js, [name + ".gz"]: gz, [name + ".br"]: br };
  return { files, sizes: { bytes: js.length, gzip: gz.length, brotli: br.length } };
}

/** A part and its hash, which is its name as well as the browser's check on it: with a comment at its end that makes it
 *  one of those that are written alike in both, and of these the one whose letters are the commonest in scripts: what
 *  names it packs better. */
function salted(js) {
  const often = new Array(256).fill(1);
  for (const byte of js) often[byte]++;
  const begun = createHash("sha256").update(js);
  let best = [-Infinity];
  for (let salt = 0; salt < SALTS; salt++) {
    const comment = `//${salt.toString(36)}\n`;
    const hash = begun.copy().update(comment).digest("base64url");
    let worth = 0;
    for (let at = 0; at < hash.length; at++) worth += Math.log2(often[hash.charCodeAt(at)]);
    if (worth > best[0] && !/[-_]/.test(hash)) best = [worth, comment, hash];
  }
  return [Buffer.concat([js, Buffer.from(best[1])]), best[2]];
}

export async function bundle() {
  const kit = await names();
  const files = {};
  const hashes = {};
  const chunks = {};
  for (const chunk of PARTS) {
    const [js, hash] = salted(await script(`src/chunks/${chunk}.ts`, kit, hashes));
    const packed = await pack(chunk + ".js", js);
    hashes[chunk] = hash;
    Object.assign(files, packed.files);
    chunks[chunk] = { file: chunk + ".js", hashed: hashes[chunk] + ".js", ...packed.sizes };
  }
  const js = await script(CORE, kit, hashes);
  const core = await pack("v1.js", js);
  if (core.sizes.gzip > MUST) console.warn(`v1.js is ${core.sizes.gzip} bytes gzipped; the aim is ${MUST}`);
  const manifest = {
    file: "v1.js",
    hashed: `v1.${createHash("sha256").update(js).digest("hex").slice(0, 16)}.js`,
    integrity: "sha384-" + createHash("sha384").update(js).digest("base64"),
    ...core.sizes,
    chunks,
  };
  return { ...files, ...core.files, "manifest.json": Buffer.from(JSON.stringify(manifest, null, 2) + "\n") };
}
