import { brought } from "./brought";
import { pageView } from "./capture/page";
import { setHook } from "./config";
import { decide } from "./decide";
import { flush } from "./delivery/send";
import { identity, newSession, newVisitor } from "./identity";
import { record, switchTo } from "./record";
import { cap, number } from "./text";
import { track } from "./track";

const MAX_TEXT = 100_000;

type Given = Record<string, unknown>;

/** What can be said by code: `ix(name, …)`. The parts may put their own in place. */
export const commands: Record<string, (first?: unknown, second?: unknown) => unknown> = {
  track,
  identify(id, props) {
    const user = cap(id, 256);
    const before = identity();
    if (!user) return;
    switchTo({ ...(before.user_id && before.user_id !== user ? newSession() : before), user_id: user });
    if (props) track("identify", props);
  },
  reset: () => switchTo(newVisitor()),
  page: pageView,
  feedback(given) {
    const { text, rating } = (given ?? {}) as Given;
    if (given) record("feedback", { text: cap(text, MAX_TEXT), rating: number(rating) });
    else brought.wanted = true;
  },
  message(given) {
    const { role, text, expert_text: expert, thread_id: thread } = given as Given;
    record("message", {
      role: cap(role, 100),
      text: cap(text, MAX_TEXT),
      expert_text: cap(expert, MAX_TEXT),
      thread_id: cap(thread, 256),
    });
  },
  consent: decide,
  flush: () => flush(),
  before_send: setHook,
};
