import { hashes } from "ix:chunks";
import { brought, cap, commands, later, load, number, onLeave, pageUrl, record } from "../kit";
import type { EventType, Fields } from "../record";

const PATIENCE = 8_000;
const MAX_TEXT = 100_000;

const waiting = new Set<(id?: string) => void>();

/** Notes an event with a picture of the page or of one element; without it where that takes long, fails, or the page goes. */
export function recordWithShot(type: EventType, fields: Fields, only?: Element): void {
  const happened = { at: Date.now(), url: pageUrl(), ...fields };
  const note = (screenshot?: string): void => {
    if (waiting.delete(note)) record(type, { ...happened, screenshot });
  };
  waiting.add(note);
  later(note, PATIENCE);
  const shoot = (): void => {
    // Where on the page the picture begins.
    if (type === "feedback" && !only) Object.assign(happened, { page_x: Math.round(scrollX), page_y: Math.round(scrollY) });
    void (brought.shoot?.(only) ?? Promise.resolve()).then((id) => note(id || undefined), () => note());
  };
  if (brought.shoot) shoot();
  else load(hashes.shot, shoot);
}

/** `ix('feedback', {text, rating, screenshot: true})`, or of one element; without anything it opens the dialog. */
export function feedbackWithShots(): void {
  const plain = commands.feedback;
  commands.feedback = (given) => {
    if (!given) return brought.ask ? brought.ask() : load(hashes.feedback, () => brought.ask?.());
    const { text, rating, screenshot } = given as Record<string, unknown>;
    if (!screenshot) return plain?.(given);
    const fields = { text: cap(text, MAX_TEXT), rating: number(rating) };
    return recordWithShot("feedback", fields, screenshot instanceof Element ? screenshot : undefined);
  };
  onLeave(() => waiting.forEach((note) => note()));
}
