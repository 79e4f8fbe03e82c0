import { begin } from "./capture/begin";
import * as config from "./config";
import { choiceKey, choose, chosen, keptChoice, mayRecord, maySend } from "./consent";
import { dropAll, saveAll } from "./delivery/outbox";
import { flushIn } from "./delivery/send";
import { guard } from "./guard";
import { become, newVisitor, whoNow } from "./identity";
import { keepOnDisk, onDisk } from "./store";

/** Whatever goes wrong in it, the calls that wait are still to be heard. */
let capture: (() => void) | undefined = guard(begin);

/** Makes a choice hold: what may be kept goes to disk, what may not is gone. False where that changes nothing. */
export function apply(choice: string): boolean {
  if (!choose(choice)) return false;
  keepOnDisk(maySend() && !config.cookieless());
  if (mayRecord()) {
    become(whoNow());
    saveAll();
    capture?.();
    capture = undefined;
  } else {
    dropAll();
    become(newVisitor());
  }
  flushIn(config.soon);
  return true;
}

/** It is remembered also where it changes nothing here: another tab may have said something else. */
export function decide(choice: unknown): void {
  apply(choice as string);
  if (choice && choice === chosen()) onDisk((disk) => disk.setItem(choiceKey(), chosen()));
}

/** What was chosen before, or in another tab. Where nothing is kept, what was said here still holds. */
export const recall = (otherwise = ""): boolean => apply(keptChoice(otherwise));

/** What was chosen before, unless the page has already said something else. */
export function startConsent(): void {
  if (!chosen()) recall(config.set.consent === "pending" ? "pending" : "granted");
}
