import type { Fields } from "../record";

const { round } = Math;

/** Where on the screen and on the page. */
export const place = (event: MouseEvent): Fields => ({
  x: round(event.clientX),
  y: round(event.clientY),
  page_x: round(event.pageX),
  page_y: round(event.pageY),
});
