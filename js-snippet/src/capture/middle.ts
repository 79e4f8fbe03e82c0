import { click, on } from "../kit";

/** The middle button opens links in a new tab. */
export function captureMiddle(): void {
  on<MouseEvent>(window, "auxclick", (event) => {
    if (event.button === 1) click(event);
  });
}
