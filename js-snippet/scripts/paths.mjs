import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
export const SCHEMA = ROOT + "schema/batch.json";
export const TYPES = ROOT + "src/protocol.gen.ts";
export const DIST = ROOT + "dist/";
export const NPM = ROOT + "npm/";
