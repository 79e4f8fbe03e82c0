import type { Context } from "./protocol.gen";

/** What holds for the whole page. Reading sizes may cost a layout: only at start and after a resize, never in a click. */
export const context: Context = {
  language: navigator.language,
};

export function readViewport(): void {
  context.screen = [screen.width, screen.height];
  context.viewport = [innerWidth, innerHeight];
  context.dpr = devicePixelRatio;
}
