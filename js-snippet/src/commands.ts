import { brought } from "./brought";
import { pageView } from "./capture/page";
import { setHook } from "./config";
import { decide } from "./decide";
import { flush } from "./delivery/send";
import { newVisitor, whoNow } from "./identity";
import { uuid7 } from "./ids";
import { record, switchTo } from "./record";
import { cap, number } from "./text";
import { track } from "./track";

const MAX_TEXT = 100_000;

/** What can be said by code: `ix(name, …)`. The parts may put their own in place. */
export const commands: Record<string, (first?: any, second?: unknown) => unknown> = {
  track,
  identify(id, props) {
    const user = cap(id, 256);
    if (!user) return;
    const next = { ...whoNow() }; // this page may have slept, and another have said who sits here
    if (next.user_id && next.user_id !== user) next.session_id = uuid7();
    next.user_id = user;
    switchTo(next);
    if (props) track("identify", props);
  },
  reset() {
    switchTo(newVisitor());
  },
  page: pageView,
  feedback(given) {
    if (given) record("feedback", { text: cap(given.text, MAX_TEXT), rating: number(given.rating) });
    else brought.wanted = true;
  },
  message(given) {
    record("message", {
      role: cap(given.role, 100),
      text: cap(given.text, MAX_TEXT),
      expert_text: cap(given.expert_text, MAX_TEXT),
      thread_id: cap(given.thread_id, 256),
    });
  },
  consent: decide,
  flush,
  before_send: setHook,
};
