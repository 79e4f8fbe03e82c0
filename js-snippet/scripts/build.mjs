// dist/: the script, packed copies to serve as they are, and a manifest. npm/: the same as modules for bundlers.
import { mkdir, writeFile } from "node:fs/promises";
import { bundle } from "./bundle.mjs";
import { npmPackage } from "./npm.mjs";
import { DIST, NPM } from "./paths.mjs";

async function write(folder, files) {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(folder + name, bytes);
}

const files = await bundle();
await write(DIST, files);
await write(NPM, await npmPackage());
console.log(files["manifest.json"].toString().trim());
