import { hashes } from "ix:chunks";
import { brought, cap, commands, guard, later, make, note, number } from "../kit";
import { onLeave } from "../delivery/on-leave";
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
  const finish = (screenshot?: string): void => {
    if (waiting.delete(finish)) note({ ...event, screenshot });
  };
  waiting.add(finish);
  later(finish, PATIENCE);
  const shoot = (): void => {
    if (type === "feedback") {
      // Where on the page the picture begins.
      if (!only) Object.assign(event, { page_x: scrollX | 0, page_y: scrollY | 0 });
    } else if (only && only.clientHeight > innerHeight) only = undefined; // what only looked like a card may be a whole list
    void Promise.resolve(brought.shoot?.(only)).then(finish, () => finish());
  };
  if (brought.shoot) shoot();
  else void part(hashes.shot).then(guard(shoot));
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
