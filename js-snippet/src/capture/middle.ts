import { click, on } from "../kit";
import { leaving } from "./leaving";

/** The middle button opens links in a new tab. */
export function captureMiddle(): void {
  on<MouseEvent>(window, "auxclick", (event) => {
    if (event.button !== 1) return;
    click(event);
    leaving(event);
  });
}
