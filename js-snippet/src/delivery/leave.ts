import { awake } from "../awake";
import { guard, on } from "../guard";
import { setClosed } from "./outbox";
import { flush } from "./send";

const lastWords: (() => void)[] = [];

/** Has something to say before the page goes. */
export function onLeave(fn: () => void): void {
  lastWords.push(guard(fn));
}

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
