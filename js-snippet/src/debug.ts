import { config } from "./config";

/** Says what happens on the console, only where the tag carries `data-debug`. */
export function log(...what: unknown[]): undefined {
  if (config.debug) console.info("[ix]", ...what);
}
