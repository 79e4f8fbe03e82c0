import * as config from "./config";
import { uuid7 } from "./ids";
import type { Batch } from "./protocol.gen";
import { get, set } from "./store";

type Identity = Pick<Batch, "visitor_id" | "user_id" | "session_id">;

const SESSION_IDLE = 30 * 60_000;
const KEY = "who";

const FRESH = 5_000;

export let who: Identity;
let written = "";
let writtenAt = 0;

/** Without cookies nobody is known again: the collector makes an id that lives a day. */
export const newVisitor = (): Identity => ({
  visitor_id: config.cookieless() ? undefined : uuid7(),
  session_id: uuid7(),
});

/** Who acts now: `who` itself as long as what was written a moment ago holds. Other tabs share the store: they may have
 *  kept the session alive, or know the user by now. */
export function whoNow(): Identity {
  const now = Date.now();
  const text = get(KEY) || "[]";
  if (text === written && now - writtenAt < FRESH) return who;
  const [kept, last] = JSON.parse(text) as [Identity?, number?];
  const next = { ...(kept ?? who ?? newVisitor()) };
  if (now - (last ?? now) > SESSION_IDLE) next.session_id = uuid7();
  return next;
}

export function become(next: Identity): void {
  if (next === who) return;
  who = next;
  writtenAt = Date.now();
  set(KEY, (written = JSON.stringify([who, writtenAt])));
}
