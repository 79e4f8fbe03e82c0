import { checkOpen, enqueue, flushIn, get, keyOf, keys, guard, later, maySend, queue, remove, set, setClosed, soon } from "../kit";
import { BEAT } from "./beat";

const SILENT = 15_000;

/** Takes what pages left behind that were closed or have been silent for a while. Batches keep their ids, so one that
 *  did arrive, or that its owner sends too, is known to the collector. */
function takeOver(): void {
  for (const key of keys("out.")) {
    if (key.startsWith(keyOf())) continue;
    const [, tab, id] = key.split(".");
    // An outbox without its mark was closed too: this may be broken off anywhere.
    const [closed, at] = (get(`out.${tab}.`) || "1").split(" ");
    if (closed !== "1" && Math.abs(Date.now() - +at!) < SILENT) continue;
    const body = (get(key) || "").replace(/^[^{]+/, "");
    const batch = id || /^{"v":1,"batch_id":"([^"]+)/.exec(body)?.[1];
    remove(key); // first: there may be no room for both
    if (!batch) continue;
    set(keyOf(batch), body); // before what this page has to save: the older one might find no room
    enqueue(batch, body);
  }
}

/** At once, while the page is still busy: a task of its own a while later would cost more. */
export function watchAbandoned(): void {
  later(watchAbandoned, SILENT); // others may come, and crash, as long as this page lives
  if (maySend()) takeOver();
  if (queue.size) flushIn(soon);
}

/** The mark by which other pages know that this one lives. */
export function keepAlive(): void {
  setInterval(
    guard(() => {
      checkOpen();
      setClosed(0);
    }),
    BEAT,
  );
}
