// Fails when a committed file is not what the sources make: names the file and what to run.
// Packed copies are compared unpacked: another release of zlib may pack differently.
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { bundle } from "./bundle.mjs";
import { npmPackage } from "./npm.mjs";
import { DIST, NPM, TYPES } from "./paths.mjs";
import { generateTypes } from "./types.mjs";

const PACKED_SIZES = new Set(["gzip", "brotli"]);
const same = (bytes) => bytes.toString("latin1");
const READ = {
  ".js": same,
  ".ts": same,
  ".gz": (bytes) => same(gunzipSync(bytes)),
  ".br": (bytes) => same(brotliDecompressSync(bytes)),
  ".json": (bytes) => JSON.stringify(JSON.parse(bytes), (key, value) => (PACKED_SIZES.has(key) ? 0 : value)),
};

const stale = [];
async function compare(path, name, read, wanted) {
  let found;
  try {
    found = read(await readFile(path));
  } catch (error) {
    found = String(error);
  }
  if (found !== wanted) stale.push(name);
}

await compare(TYPES, "src/protocol.gen.ts (npm run types)", (bytes) => bytes.toString(), await generateTypes());
for (const [name, bytes] of Object.entries(await bundle())) {
  await compare(DIST + name, `dist/${name} (npm run build)`, READ[extname(name)], READ[extname(name)](bytes));
}
for (const [name, bytes] of Object.entries(await npmPackage())) {
  await compare(NPM + name, `npm/${name} (npm run build)`, same, same(bytes));
}
if (stale.length) {
  console.error("Stale, run the command beside it: " + stale.join(", "));
  process.exit(1);
}
console.log("dist, npm and protocol.gen.ts are fresh");
