import * as config from "./config";

/** All that was said; the overlay listens here. */
export const heard: unknown[][] = [];

/** Says what happens on the console, only where the tag carries `data-debug`. */
export function log(...what: unknown[]): undefined {
  if (config.set.debug != null) {
    console.info("[ix]", ...what);
    heard.push(what);
  }
}
