import { guard, lastWords } from "../kit";

/** Has something to say before the page goes. */
export function onLeave(fn: () => void): void {
  lastWords.push(guard(fn));
}
