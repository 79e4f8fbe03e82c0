import { awake } from "./awake";
import * as config from "./config";
import { log } from "./debug";
import { add, freeze } from "./delivery/outbox";
import { flush, flushIn } from "./delivery/send";
import { guard } from "./guard";
import { become, identity, whoNow } from "./identity";
import { uuid7 } from "./ids";
import { scrub } from "./privacy/scrub";
import { pageUrl } from "./privacy/url";
import type { Event as WireEvent } from "./protocol.gen";

export type EventType = WireEvent["type"];
export type Fields = Partial<Omit<WireEvent, "event_id" | "type">>;

/** What can wait a little longer to share a request. */
const CASUAL = /scroll|type|image/;

/** From now on it is someone else, or a new session: what came before belongs to the old one.
 *  A visitor who has just said who they are is the same. */
export function switchTo(next = whoNow(Date.now())): void {
  const { session_id: session, user_id: user } = identity();
  if (session !== next.session_id || (user && user !== next.user_id)) freeze();
  become(next, Date.now());
}

/** Something happened; nothing where the page's hook drops it. One that fails, or answers later, has let nothing through. */
export function make(type: EventType, fields: Fields = {}): WireEvent | undefined {
  if (!awake()) return undefined;
  const event: WireEvent = {
    event_id: uuid7(),
    at: Date.now(),
    type,
    url: pageUrl(),
    title: scrub(document.title, 200),
    ...fields,
  };
  const kept = config.beforeSend ? guard(config.beforeSend)(event) : event;
  return kept?.event_id ? kept : undefined;
}

/** From here on it is not lost: it is in the outbox before this returns. */
export function note(event: WireEvent | undefined): void {
  if (!event || !awake()) return;
  switchTo();
  log(event);
  // A hidden page may never run again: no timer then.
  if (add(event) || document.hidden) void flush();
  else flushIn(CASUAL.test(event.type) ? config.late : config.soon);
}

export const record = (type: EventType, fields?: Fields): void => note(make(type, fields));
