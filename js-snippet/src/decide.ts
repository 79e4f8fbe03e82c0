import { config } from "./config";
import { choiceKey, choose, keptChoice, mayRecord, maySend, undecided } from "./consent";
import { dropAll, saveAll } from "./delivery/outbox";
import { flushIn } from "./delivery/send";
import { watchAbandoned } from "./delivery/takeover";
import { on } from "./guard";
import { become, newVisitor, whoNow } from "./identity";
import { onDisk, persist, wipe } from "./store";

let capture: (() => void) | undefined;

/** Makes a choice hold: what may be kept goes to disk, what may not is gone. */
function apply(choice: string): boolean {
  if (!choose(choice)) return false;
  const now = Date.now();
  if (maySend()) persist();
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
  if (maySend()) {
    watchAbandoned();
    flushIn(config.soon);
  }
  return true;
}

export function decide(choice: unknown): void {
  if (apply(choice as string)) onDisk((disk) => disk.setItem(choiceKey(), choice as string));
}

/** `start` runs once something may be noted. */
export function watchConsent(start: () => void): void {
  capture = start;
  on<StorageEvent>(window, "storage", (event) => {
    if (event.key === choiceKey()) apply(keptChoice()); // chosen in another tab
  });
}

/** What was chosen before, unless the page has already said something else. */
export function startConsent(): void {
  if (undecided()) apply(keptChoice());
}
