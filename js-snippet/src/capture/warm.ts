import { actionable, describe, elements, guard, touchedImage } from "../kit";

/** What runs for the first time takes many times as long: once when a mouse first moves or a finger first scrolls, and not
 *  in the first click. */
export function warmUp(): void {
  const once = guard((event: Event) => {
    const path = elements(event);
    const inner = path[0];
    if (!inner) return;
    const acted = actionable(path);
    describe(acted ?? inner, path, !acted);
    touchedImage(path, acted);
  });
  addEventListener("pointermove", once, { once: true });
}
