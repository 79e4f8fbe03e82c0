import { awake } from "../awake";
import { on } from "../guard";
import { setClosed } from "./outbox";
import { flush } from "./send";

/** What the parts have to say before the page goes (on-leave.ts). */
export const lastWords: (() => void)[] = [];

function leave(): void {
  if (!awake()) return;
  for (const say of lastWords) say();
  void flush(true);
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
