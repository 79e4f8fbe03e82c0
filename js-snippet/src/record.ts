import { awake } from "./awake";
import * as config from "./config";
import { log } from "./debug";
import { add, freeze } from "./delivery/outbox";
import { flush, flushIn } from "./delivery/send";
import { guard } from "./guard";
import { become, who, whoNow } from "./identity";
import { uuid7 } from "./ids";
import { scrub } from "./privacy/scrub";
import { pageUrl } from "./privacy/url";
import type { Event as WireEvent } from "./protocol.gen";

export type EventType = WireEvent["type"];
export type Fields = Partial<Omit<WireEvent, "event_id" | "type">>;

/** From now on it is someone else, or a new session: what came before belongs to the old one.
 *  A visitor who has just said who they are is the same. */
export function switchTo(next = whoNow()): void {
  if (who.session_id !== next.session_id || (who.user_id && who.user_id !== next.user_id)) freeze();
  become(next);
}

/** Something happened; without an id, or nothing, where the page's hook drops it. One that fails, or answers later, has let
 *  nothing through. */
export function make(type: EventType, fields?: Fields): WireEvent | null | undefined {
  if (!awake()) return undefined;
  const event: WireEvent = {
    event_id: uuid7(),
    at: Date.now(),
    type,
    url: pageUrl(),
    title: scrub(document.title + "", 200), // a form called `title` stands in for it
    ...fields,
  };
  return config.beforeSend ? guard(config.beforeSend)(event) : event;
}

/** From here on it is not lost: it is in the outbox before this returns. True when that is full, nothing when it was not
 *  to be kept. */
export function keep(event: WireEvent | null | undefined): boolean | undefined {
  if (!event?.event_id || !awake()) return undefined;
  switchTo();
  log(event);
  return add(event);
}

/** Kept, and soon sent. */
export function note(event: WireEvent | null | undefined): void {
  const full = keep(event);
  if (full == null) return;
  // A hidden page may never run again: no timer then.
  if (full || document.hidden) void flush();
  // Some can wait a little longer to share a request.
  else flushIn(/scroll|type/.test(event!.type) ? config.late : config.soon);
}

export const record = (type: EventType, fields?: Fields): void => note(make(type, fields));
