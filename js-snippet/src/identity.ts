import * as config from "./config";
import { uuid7 } from "./ids";
import type { Batch } from "./protocol.gen";
import { get, set } from "./store";

type Identity = Pick<Batch, "visitor_id" | "user_id" | "session_id">;

const SESSION_IDLE = 30 * 60_000;
const KEY = "who";

let who: Identity;

export const identity = (): Identity => who;
export const newSession = (): Identity => ({ ...who, session_id: uuid7() });
/** Without cookies nobody is known again: the collector makes an id that lives a day. */
export const newVisitor = (): Identity => ({
  visitor_id: config.cookieless ? undefined : uuid7(),
  session_id: uuid7(),
});

/** Who acts now. Other tabs share the store: they may have kept the session alive, or know the user by now. */
export function whoNow(now: number): Identity {
  const [kept, last] = JSON.parse(get(KEY) || "[]") as [Identity?, number?];
  const next = kept ?? who ?? newVisitor();
  return now - (last ?? now) > SESSION_IDLE ? { ...next, session_id: uuid7() } : next;
}

export function become(next: Identity, now: number): void {
  who = next;
  set(KEY, JSON.stringify([who, now]));
}
