import { kit } from "ix:kit";
import { pageView } from "./capture/page";
import { config } from "./config";
import { decide } from "./decide";
import { flush } from "./delivery/send";
import { guard } from "./guard";
import { identity, newSession, newVisitor } from "./identity";
import { record, switchTo } from "./record";
import { cap, number } from "./text";
import { track } from "./track";

const MAX_TEXT = 100_000;

type Given = Record<string, unknown>;

const commands: Record<string, (first?: unknown, second?: unknown) => unknown> = {
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
    const { text, rating } = given as Given;
    record("feedback", { text: cap(text, MAX_TEXT), rating: number(rating) });
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
  before_send(hook) {
    config.beforeSend = hook as typeof config.beforeSend;
  },
};

interface Global {
  (...call: unknown[]): unknown;
  q?: ArrayLike<unknown>[];
  on?: boolean;
  kit?: typeof kit;
}

const page = window as { ix?: Global };

/** A second tag on the page must not report everything twice. */
export const isRunning = (): boolean => !!page.ix?.on;

/** Takes the place of the stub and returns what runs the calls that it kept, those that `pick` takes. */
export function installApi(): (pick: (name: unknown) => boolean) => void {
  const calls = (page.ix?.q ?? []).map((call) => Array.from(call));
  const ix: Global = guard((name, ...args) => commands[name as string]?.(...args));
  ix.on = true;
  ix.kit = kit;
  page.ix = ix;
  return (pick) => calls.filter((call) => pick(call[0])).forEach((call) => ix(...call));
}
