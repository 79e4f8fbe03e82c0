import type { Fields } from "../record";

/** Where on the screen and on the page. */
export function place({ clientX, clientY, pageX, pageY }: MouseEvent): Fields {
  const [x, y, page_x, page_y] = [clientX, clientY, pageX, pageY].map(Math.round);
  return { x, y, page_x, page_y };
}
