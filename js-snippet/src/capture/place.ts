import type { Fields } from "../record";

/** Where on the screen and on the page. */
export const place = (event: MouseEvent): Fields => ({
  x: event.x | 0,
  y: event.y | 0,
  page_x: event.pageX | 0,
  page_y: event.pageY | 0,
});
