import { kit } from "ix:kit";
import { commands } from "./commands";
import { guard } from "./guard";

interface Global {
  (...call: unknown[]): unknown;
  q?: ArrayLike<unknown>[];
  on?: boolean;
  kit?: readonly unknown[];
}

const page = window as { ix?: Global };

/** A second tag on the page must not report everything twice. */
export const isRunning = (): boolean => !!page.ix?.on;

/** Takes the place of the stub and returns what runs the calls that it kept, those that `pick` takes. */
export function installApi(): (pick: (name: unknown) => boolean) => void {
  const calls = (page.ix?.q ?? []).map((call) => Array.from(call));
  const ix: Global = guard((name, ...args) => commands[name as string]?.(...args));
  ix.on = true;
  ix.kit = kit();
  page.ix = ix;
  return (pick) => calls.filter((call) => pick(call[0])).forEach((call) => ix(...call));
}
