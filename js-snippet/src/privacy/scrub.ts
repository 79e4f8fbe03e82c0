import { squash } from "../text";

/** Text of the page without e-mail addresses, card numbers and tokens. The cut comes last, so that
 *  half a card number cannot slip through. */
export function scrub(text: string | null | undefined, max = 100): string | undefined {
  if (!text) return undefined;
  let clean = squash(text, max * 4);
  // What no rule would change, most texts, costs only this; the rules are slow to come to life.
  if (/@|\d.{12}|\S{28}/.test(clean)) {
    clean = clean
      .replace(/[^\s@]+ ?@ ?[^\s@]+ ?\.[^\s@\d]{2,}/g, "[email]")
      // 13 to 19 digits, as cards are written
      .replace(/\b\d(?:[ -]?\d){12,18}\b/g, "[number]")
      // long, with digits and letters: nothing a person would read aloud
      .replace(/\b(?=[\w.-]*\d)(?=[\w.-]*[a-z])[\w.-]{28,}/gi, "[token]");
  }
  return squash(clean, max) || undefined;
}
