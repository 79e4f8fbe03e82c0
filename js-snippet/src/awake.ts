import { mayRecord } from "./consent";

let begin: (() => void) | undefined;

/** What the page's loading need not wait for; it happens at the latest when someone asks whether we are awake. */
export function sleep(until: () => void): void {
  begin = until;
}

/** Begins, where that is still to be done; true where something may be noted. */
export function awake(): boolean {
  const now = begin;
  begin = undefined;
  now?.();
  return mayRecord();
}
