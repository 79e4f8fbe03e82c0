import { on } from "./guard";
import type { Context } from "./protocol.gen";

let viewport: [number, number];

/** Reading the viewport may cost a layout: only at start and after a resize, never in a click. */
export function watchViewport(): void {
  const read = (): void => {
    viewport = [innerWidth, innerHeight];
  };
  read();
  on(window, "resize", read);
}

export const context = (): Context => ({
  language: navigator.language,
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  screen: [screen.width, screen.height],
  viewport,
  dpr: devicePixelRatio,
});
