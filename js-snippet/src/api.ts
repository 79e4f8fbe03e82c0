import { kit } from "ix:kit";
import { awake } from "./awake";
import { commands } from "./commands";
import { guard } from "./guard";

type Call = unknown[] | IArguments;

interface Global {
  (...call: unknown[]): unknown;
  q?: { push(call: Call): unknown };
  on?: boolean;
  kit?: readonly unknown[];
}

const page = window as { ix?: Global };

/** A second tag on the page must not report everything twice. */
export const isRunning = (): boolean => !!page.ix?.kit;

/** `before_send` and `consent` count first, also where they are what wakes us. */
const EARLY = /^[bc]/;

let ix: Global;
let calls: Call[];

/** Takes the place of the stub. */
export function installApi(): void {
  calls = (page.ix?.q as Call[] | undefined) ?? [];
  ix = page.ix = guard((...call) => {
    const [name, ...args] = call;
    const late = ix.on || !EARLY.test(name as string) || !calls.push(call);
    awake();
    return late && commands[name as string]?.(...args);
  });
  ix.q = { push: (call) => ix(...call) }; // for who kept the stub itself
  ix.kit = kit();
}

/** Runs those of the calls that the stub kept whose names are such. */
export function replay(names: RegExp): void {
  ix.on = true;
  calls.filter(([name]) => names.test(name as string)).forEach((call) => ix(...call));
}
