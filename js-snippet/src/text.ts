/** White space as one blank, at most `max` characters. */
export const squash = (text: string, max: number): string => text.replace(/\s+/g, " ").slice(0, max).trim();

/** Any value as text that is not too long; nothing stays nothing. */
export const cap = (value: unknown, max: number): string | undefined =>
  String(value ?? "").slice(0, max) || undefined;

/** Any value as a number, if it is one. */
export const number = (value: unknown): number | undefined =>
  (value ?? "") === "" || !isFinite(value as number) ? undefined : +(value as number);

/** What the browser's quota and the collector's limits count. */
export const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

/** JSON that any parser takes: half an emoji, cut off by a page or by us, would make the whole batch malformed. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value).replace(/\\\\|\\ud[89a-f]../g, (found) => (found[1] === "u" ? "\\ufffd" : found));
