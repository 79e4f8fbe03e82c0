import { awake } from "../awake";
import { touchedImage } from "../dom/image";
import { actionable, elements, nearest } from "../dom/path";
import { describe } from "../dom/target";
import { on } from "../guard";
import { record } from "../record";
import { trackMarked } from "./marked";
import { place } from "./place";

/** Ten pixels, squared. */
const NEAR = 100;
const TWIN = 100;

let pressed: Element[] = [];
let pressedAt: MouseEvent;
let twin: Element | null | undefined;
let twinAt = 0;
let told: Element[] = [];

/** No layout is read here: a click that waits for one is what makes pages feel slow. */
export function click(event: MouseEvent): void {
  if (!event.isTrusted /* the page's own doing */ || !awake()) return;
  let path = elements(event);
  // Menus that close between press and release leave the click on `body`: then what was pressed was meant. Who slides
  // off a button before letting go has thought better of it.
  if (
    !actionable(path) &&
    actionable(pressed) &&
    (event.x - pressedAt.x) ** 2 + (event.y - pressedAt.y) ** 2 < NEAR
  )
    path = pressed;
  const inner = path[0];
  if (!inner) return;

  // A click on a label is followed by one on its field.
  const again = path.includes(twin!) && event.timeStamp - twinAt < TWIN;
  const control = (nearest(path, "label") as HTMLLabelElement | undefined)?.control;
  twin = again || path.includes(control!) ? null : control;
  twinAt = event.timeStamp;

  const acted = actionable(path);
  const image = touchedImage(path, acted);
  const at = place(event);
  if (!again)
    record("click", {
      target: describe(acted ?? inner, path, !acted),
      image_url: image,
      // A click by keyboard has no place.
      ...(event.detail || at.x ? at : {}),
    });
  const marked = nearest(path, "[data-ix-event]:not(form)");
  // The mark may stand on the field alone.
  if (marked && !(again && told.includes(marked))) trackMarked(marked, path, image);
  told = path;
}

export function captureClicks(): void {
  on<PointerEvent>(window, "pointerdown", (event) => {
    pressed = elements(event);
    pressedAt = event;
  });
  on(window, "click", click);
}
