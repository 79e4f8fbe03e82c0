import { actionable, CARD, describe, elements, nearest, on, record, tag, touchedImage } from "../kit";
import { FIELD } from "./form-life";
import { place } from "./place";
import { recordWithShot } from "./shots";

const WITHIN = 1_000;
const NEAR = 30;
const MAX_SHOTS = 3;
/** Where many clicks are meant: to the next picture, to one more. */
const REPEATED = /^([+\-−–›‹»«<>]|next|prev|more|less|weiter|zurück|mehr|weniger|plus|minus)/i;

/** Looks as if it could be clicked. */
export const inviting = (element: Element): boolean => getComputedStyle(element).cursor === "pointer";

let count = 0;
let shots = 0;
let last: MouseEvent | undefined;

/** Three clicks at one place in quick succession: the page does not do what was wanted. */
export function captureRage(): void {
  on<MouseEvent>(window, "click", (event) => {
    const path = elements(event);
    const inner = path[0];
    if (!event.isTrusted || !event.detail || !inner) return;
    const again =
      last &&
      event.timeStamp - last.timeStamp < WITHIN &&
      Math.hypot(event.x - last.x, event.y - last.y) < NEAR;
    count = again ? count + 1 : 1;
    last = event;
    if (count !== 3) return;
    const acted = actionable(path);
    const target = describe(acted ?? inner, path, !acted);
    // Nor where text is chosen: a word by two, all of it by three.
    if (REPEATED.test(target.label ?? "") || nearest(path, FIELD) || (!acted && !inviting(inner) && !getSelection()?.isCollapsed)) return;
    const fields = { target, image_url: touchedImage(path, acted), count, ...place(event) };
    if (tag.dataset.screenshots !== "rage" || shots++ >= MAX_SHOTS) record("rage_click", fields);
    else recordWithShot("rage_click", fields, nearest(path, CARD));
  });
}
