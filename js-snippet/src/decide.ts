import * as config from "./config";
import { choiceKey, choose, keptChoice, mayRecord, maySend, undecided } from "./consent";
import { dropAll, saveAll } from "./delivery/outbox";
import { flushIn } from "./delivery/send";
import { become, newVisitor, whoNow } from "./identity";
import { onDisk, persist, wipe } from "./store";

let capture: (() => void) | undefined;

/** Makes a choice hold: what may be kept goes to disk, what may not is gone. */
export function apply(choice: string): boolean {
  if (!choose(choice)) return false;
  const now = Date.now();
  if (maySend() && !config.cookieless) persist();
  else wipe();
  if (mayRecord()) {
    become(whoNow(now), now);
    saveAll();
    capture?.();
    capture = undefined;
  } else {
    dropAll();
    become(newVisitor(), now);
  }
  if (maySend()) flushIn(config.soon);
  return true;
}

export function decide(choice: unknown): void {
  if (apply(choice as string)) onDisk((disk) => disk.setItem(choiceKey(), choice as string));
}

/** `start` runs once something may be noted. */
export function watchConsent(start: () => void): void {
  capture = start;
}

/** What was chosen before, unless the page has already said something else. */
export function startConsent(): void {
  if (undecided()) apply(keptChoice());
}
