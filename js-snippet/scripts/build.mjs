// dist/: the script, packed copies to serve as they are, and a manifest. `build.mjs <folder>` writes elsewhere.
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { bundle } from "./bundle.mjs";
import { DIST } from "./paths.mjs";

const folder = process.argv[2] ? resolve(process.argv[2]) : DIST;
const files = await bundle();
await mkdir(folder, { recursive: true });
for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
console.log(files["manifest.json"].toString().trim());
