const FIRST = 1_000;
const LONGEST = 300_000;
const HOUR = 3_600_000;

let failures = 0;
let notBefore = 0;
let asked = 0;

/** 1 s · 2ⁿ with jitter up to 5 min, or longer where the server asks for it, in seconds. */
export function failed(retryAfter?: string | null): void {
  const now = Date.now();
  if (now < notBefore) return; // one bad spell, however many requests were under way
  const wanted = +retryAfter! * 1000 || 0; // none, and a date, is no number
  const own = Math.min(LONGEST, FIRST * 2 ** failures++) * (1 - Math.random() / 2);
  asked = wanted;
  notBefore = now + Math.min(HOUR, Math.max(own, wanted));
}

export function succeeded(): void {
  failures = notBefore = 0;
}

export const failing = (): number => failures;

/** Ms to wait, if more than 0. A page that goes away tries once more in spite of our own wait, not of the server's. */
export const waitTime = (leaving?: boolean): number => (leaving && !asked ? 0 : notBefore - Date.now());
