import { kit } from "ix:kit";
import { awake } from "./awake";
import { commands } from "./commands";
import { guard } from "./guard";

interface Global {
  (...call: unknown[]): unknown;
  q?: (unknown[] | IArguments)[];
  on?: boolean;
  kit?: readonly unknown[];
}

const page = window as { ix?: Global };

/** A second tag on the page must not report everything twice. */
export const isRunning = (): boolean => !!page.ix?.kit;

/** Consent and the hook count first, also where they are what wakes us. */
const EARLY = /^(consent|before_send)$/;

/** Takes the place of the stub and returns what runs the calls that it kept: those that come first, or the rest. */
export function installApi(): (early: boolean) => void {
  const calls = page.ix?.q ?? [];
  const ix: Global = guard((...call) => {
    const [name, ...args] = call;
    const late = ix.on || !EARLY.test(name as string) || !calls.push(call);
    awake();
    return late && commands[name as string]?.(...args);
  });
  ix.kit = kit();
  page.ix = ix;
  return (early) => {
    ix.on = true;
    calls.filter(([name]) => EARLY.test(name as string) == early /* 1 and 0 when built */).forEach((call) => ix(...call));
  };
}
