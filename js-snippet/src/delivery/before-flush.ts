import { brought, guard } from "../kit";

/** Has something to say before something is sent, and at the latest before the page goes. */
export function beforeFlush(fn: (leaving?: boolean) => unknown): void {
  const before = brought.say;
  const say = guard(fn);
  brought.say = (leaving) => {
    before?.(leaving);
    say(leaving);
  };
}

/** Has something to say before the page goes. */
export const onLeave = (fn: () => void): void => beforeFlush((leaving) => leaving && fn());
