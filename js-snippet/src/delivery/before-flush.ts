import { brought, guard, keep, make } from "../kit";
import type { EventType, Fields } from "../record";

/** Has something to say before something is sent, and at the latest before the page goes. */
export function beforeFlush(fn: (leaving?: boolean) => unknown): void {
  const before = brought.say;
  const now = guard(fn);
  brought.say = (leaving) => {
    before?.(leaving);
    now(leaving);
  };
}

/** What is said then: it is kept, and goes with what is sent. In a hidden page `record` would send each by itself. */
export const say = (type: EventType, fields: Fields): unknown => keep(make(type, fields));

/** Has something to say before the page goes. */
export const onLeave = (fn: () => void): void => beforeFlush((leaving) => leaving && fn());
