import { awake } from "../awake";
import { on } from "../guard";
import { setClosed } from "./outbox";
import { flush } from "./send";

function leave(): void {
  if (awake()) void flush(true);
}

/** Whichever comes first, all in the same task: no await, no timer. An `unload` listener would cost the page its
 *  back-forward cache. */
export function watchLeaving(): void {
  on(window, "pagehide", () => {
    leave();
    setClosed(1);
  });
  on(document, "visibilitychange", () => {
    if (document.hidden) leave();
  });
}
