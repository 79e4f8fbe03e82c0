import { hashes } from "ix:chunks";
import { bodyOf, brought, cap, commands, enqueue, later, make, note, number, queue, settle, toJson, uuid7 } from "../kit";
import { onLeave } from "../delivery/before-flush";
import { part } from "../part";
import type { EventType, Fields } from "../record";

const PATIENCE = 8_000;
const MAX_TEXT = 100_000;

const waiting = new Set<(id?: string) => void>();

/** Notes an event with a picture of the page or of one element; without it where that takes long, fails, or the page goes.
 *  Of what the page's hook drops there is none: it is asked before. */
export function recordWithShot(type: EventType, fields: Fields, only?: Element): void {
  const event = make(type, fields);
  if (!event?.event_id) return;
  // Its own batch in the outbox, not to be sent yet: a page that dies before the picture has come loses no more than that.
  const id = uuid7();
  enqueue(id, bodyOf({ id, events: [toJson(event)] }));
  queue.get(id)!.busy = true;
  const finish = (screenshot?: string): void => {
    if (!waiting.delete(finish)) return;
    note({ ...event, screenshot }); // first: what is there twice has one id, and counts once
    settle({ id });
  };
  waiting.add(finish);
  later(finish, PATIENCE);
  const shoot = (): Promise<string | undefined> | undefined => {
    if (type === "feedback") {
      // Where on the page the picture begins.
      if (!only) Object.assign(event, { page_x: scrollX | 0, page_y: scrollY | 0 });
    } else if (only && only.clientHeight > innerHeight) only = undefined; // what only looked like a card may be a whole list
    return brought.shoot?.(only);
  };
  void Promise.resolve(brought.shoot || part(hashes.shot)).then(shoot).then(finish, () => finish());
}

/** `ix('feedback', {text, rating, screenshot: true})`, or of one element; without anything it opens the dialog. */
export function feedbackWithShots(): void {
  const plain = commands.feedback;
  commands.feedback = (given) => {
    if (!given) return brought.ask ? brought.ask() : void part(hashes.feedback).then(() => brought.ask?.());
    const { text, rating, screenshot } = given as Record<string, unknown>;
    if (!screenshot) return plain?.(given);
    const fields = { text: cap(text, MAX_TEXT), rating: number(rating) };
    return recordWithShot("feedback", fields, screenshot instanceof Element ? screenshot : undefined);
  };
  if (brought.wanted) commands.feedback(undefined);
  onLeave(() => waiting.forEach((finish) => finish()));
}
