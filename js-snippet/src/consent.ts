import * as config from "./config";
import { onDisk } from "./store";

let choice = "";

/** A browser that sends Global Privacy Control has said no for its owner, whatever the page says. */
const gpc = (navigator as { globalPrivacyControl?: unknown }).globalPrivacyControl;

/** Not among the keys that a refusal wipes: it names nobody, and must be remembered. */
export const choiceKey = (): string => "ix-choice." + config.key;

/** What the visitor chose before, where that is known. */
export const keptChoice = (otherwise: string): string =>
  onDisk((disk) => disk.getItem(choiceKey())) ?? otherwise;

/** Nothing where that changes nothing. */
export function choose(next: string): unknown {
  if (gpc) next = "denied";
  return choice !== next && /^(granted|denied|pending)$/.test(next) && (choice = next);
}

export const chosen = (): string => choice;
/** May be stored and sent. */
export const maySend = (): boolean => choice === "granted";
/** May be noted; while the choice is pending in memory only. */
export const mayRecord = (): boolean => choice !== "denied";
