// schema/batch.json -> src/protocol.gen.ts. Types only: they weigh nothing in the bundle.
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { compile } from "json-schema-to-typescript";
import { SCHEMA, TYPES } from "./paths.mjs";

const BANNER = "/* Generated from schema/batch.json by `npm run types`. Do not edit. */";

/** What the generator cannot know: a title for each field is noise, a sender adds no unknown field,
 *  and tuples are spelled `items` in the draft it understands. */
function tidy(node, isField = false) {
  if (Array.isArray(node)) return node.map((item) => tidy(item));
  if (node === null || typeof node !== "object") return node;
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === "properties") {
      out.properties = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, tidy(field, true)]));
    } else if (key === "$defs") {
      out.definitions = Object.fromEntries(Object.entries(value).map(([name, type]) => [name, tidy(type)]));
    } else if (key === "prefixItems") {
      out.items = tidy(value);
    } else if (key === "$ref") {
      out.$ref = value.replace("#/$defs/", "#/definitions/");
    } else if (!(key === "title" && isField) && key !== "$schema" && !(key === "additionalProperties" && value === true)) {
      out[key] = tidy(value);
    }
  }
  return out;
}

export async function generateTypes() {
  const schema = tidy(JSON.parse(await readFile(SCHEMA, "utf8")));
  return compile(schema, "Batch", {
    additionalProperties: false,
    bannerComment: BANNER,
    maxItems: -1,
    format: true,
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile(TYPES, await generateTypes());
}
