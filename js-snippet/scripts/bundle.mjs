// src/ -> the files of dist/, as names and bytes. The same input gives the same output, on any machine.
import { createHash } from "node:crypto";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { ROOT } from "./paths.mjs";

const TARGET = "es2020";
const MUST = 6.0 * 1024;
const LIMIT = 7 * 1024;

async function script() {
  const bundled = await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/main.ts"],
    bundle: true,
    format: "iife",
    target: TARGET,
    charset: "utf8",
    write: false,
    logLevel: "error",
  });
  const { code } = await minify(bundled.outputFiles[0].text, {
    ecma: 2020,
    toplevel: true,
    mangle: { toplevel: true },
    compress: {
      ecma: 2020,
      passes: 3,
      toplevel: true,
      pure_getters: true,
      unsafe_arrows: true,
      unsafe_methods: true,
      hoist_props: true,
      hoist_funs: true,
      keep_fargs: false,
    },
    format: { ascii_only: true }, // safe in whatever charset the page has
  });
  return Buffer.from(code + "\n");
}

/** Without the time of writing and the name of the system, which would differ from build to build. */
function gzip(bytes) {
  const packed = gzipSync(bytes, { level: 9 });
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

export async function bundle() {
  const js = await script();
  const gz = gzip(js);
  const br = brotli(js);
  if (gz.length > LIMIT) throw new Error(`v1.js is ${gz.length} bytes gzipped; the limit is ${LIMIT}`);
  if (gz.length > MUST) console.warn(`v1.js is ${gz.length} bytes gzipped; the aim is ${MUST}`);
  const manifest = {
    file: "v1.js",
    hashed: `v1.${createHash("sha256").update(js).digest("hex").slice(0, 16)}.js`,
    integrity: "sha384-" + createHash("sha384").update(js).digest("base64"),
    bytes: js.length,
    gzip: gz.length,
    brotli: br.length,
  };
  return {
    "v1.js": js,
    "v1.js.gz": gz,
    "v1.js.br": br,
    "manifest.json": Buffer.from(JSON.stringify(manifest, null, 2) + "\n"),
  };
}
