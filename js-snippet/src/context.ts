import type { Context } from "./protocol.gen";

/** What holds for the whole page. Reading sizes may cost a layout: only at start and after a resize, never in a click. */
export const context: Context = {
  language: navigator.language,
};

export function readViewport(): void {
  context.screen = [screen?.width | 0, screen?.height | 0]; // the page may have a `screen` of its own
  context.viewport = [innerWidth, innerHeight];
  context.dpr = devicePixelRatio;
}
