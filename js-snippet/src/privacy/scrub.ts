import { squash } from "../text";

const RULES: [RegExp, string][] = [
  [/[\w.+%-]+@[\w-]+(\.[\w-]+)+/g, "[email]"],
  // 13 to 19 digits, as cards are written
  [/\b\d(?:[ -]?\d){12,18}\b/g, "[number]"],
  // long, with digits and letters: nothing a person would read aloud
  [/\b(?=[\w.-]*\d)(?=[\w.-]*[a-zA-Z])[\w.-]{28,}/g, "[token]"],
];

/** What none of them would change, most texts, costs only this; the rules are slow to come to life. */
const SUSPECT = /@|\d.{12}|\S{28}/;

/** Text of the page without e-mail addresses, card numbers and tokens. The cut comes last, so that
 *  half a card number cannot slip through. */
export function scrub(text: string | null | undefined, max = 100): string | undefined {
  if (!text) return undefined;
  let clean = squash(text, max * 4);
  if (SUSPECT.test(clean)) for (const [pattern, name] of RULES) clean = clean.replace(pattern, name);
  return squash(clean, max) || undefined;
}
