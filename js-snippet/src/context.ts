import type { Context } from "./protocol.gen";

/** What holds for the whole page. Reading sizes may cost a layout: only at start and after a resize, never in a click. */
export const context: Context = {
  language: navigator.language,
};

/** Not at load: it takes a while. `Intl` would take 20 ms of a slow phone; where there is nothing else, the part that
 *  follows asks it. */
export function readTimezone(): void {
  context.timezone ??= (window as { Temporal?: { Now: { timeZoneId(): string } } }).Temporal?.Now.timeZoneId();
}

export function readViewport(): void {
  context.screen = [screen?.width | 0, screen?.height | 0]; // the page may have a `screen` of its own
  context.viewport = [innerWidth, innerHeight];
  context.dpr = devicePixelRatio;
}
