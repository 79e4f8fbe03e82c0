import * as config from "./config";
import { log } from "./debug";

/** A part of us from beside the core's own file. Its name is its hash, and the browser refuses anything else.
 *  Where it cannot be had, the rest goes on without it. */
export function load(hash: string, then?: () => void): void {
  const script = document.createElement("script");
  script.onload = script.onerror = (event) => {
    log(event);
    script.remove();
    then?.();
  };
  script.src = new URL(hash + ".js", config.tag.src) as never; // it is made a string
  script.integrity = "sha256-" + hash + "=";
  script.crossOrigin = ""; // anonymous
  script.nonce = config.tag.nonce;
  document.head.append(script);
}
