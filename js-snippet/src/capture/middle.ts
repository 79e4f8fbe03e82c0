import { click, elements, nearest, on } from "../kit";
import { leaving } from "./leaving";

/** The middle button opens links in a new tab, and does nothing to a button. */
export function captureMiddle(): void {
  on<MouseEvent>(window, "auxclick", (event) => {
    if (event.button !== 1 || !nearest(elements(event), "a[href]")) return;
    click(event);
    leaving(event);
  });
}
