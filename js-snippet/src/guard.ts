import { log } from "./debug";

/** The one place that keeps our errors out of the page: every listener, timer and command goes through it. */
export function guard<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R | undefined {
  return (...args) => {
    try {
      return fn(...args);
    } catch (error) {
      log(error);
      return undefined;
    }
  };
}

/** Capture phase, so that a page that stops propagation hides nothing; passive, so that scrolling never waits. */
export function on<E extends Event>(target: EventTarget, type: string, fn: (event: E) => void): void {
  target.addEventListener(type, guard(fn) as EventListener, { capture: true, passive: true });
}

/** Within a second; where the browser does not tell when it is idle, next: a timer takes the object for 0. */
export const whenIdle = (fn: () => unknown): unknown =>
  ((window.requestIdleCallback ?? setTimeout) as typeof requestIdleCallback)(guard(fn), { timeout: 1000 });

export const later = (fn: () => unknown, ms: number): number => setTimeout(guard(fn), ms) as unknown as number;
