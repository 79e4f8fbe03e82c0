import { awake } from "../awake";
import { touchedImage } from "../dom/image";
import { actionable, elements, nearest } from "../dom/path";
import { describe } from "../dom/target";
import { on } from "../guard";
import { record } from "../record";
import { trackMarked } from "./marked";
import { place } from "./place";

const RECENT = 1_000;
const TWIN = 100;

let pressed: Element[] = [];
let pressedAt = 0;
let twin: Element | null | undefined;
let twinAt = 0;
let told: Element[] = [];

/** No layout is read here: a click that waits for one is what makes pages feel slow. */
export function click(event: MouseEvent): void {
  if (!event.isTrusted /* the page's own doing */ || !awake()) return;
  const { detail, timeStamp } = event;
  let path = elements(event);
  // Menus that close between press and release leave the click on `body`: then what was pressed was meant.
  if (detail && timeStamp - pressedAt < RECENT && !actionable(path) && actionable(pressed)) path = pressed;
  const inner = path[0];
  if (!inner) return;

  // A click on a label is followed by one on its field.
  const again = path.includes(twin!) && timeStamp - twinAt < TWIN;
  const control = (nearest(path, "label") as HTMLLabelElement | undefined)?.control;
  twin = again || path.includes(control!) ? null : control;
  twinAt = timeStamp;

  const acted = actionable(path);
  const image = touchedImage(path, acted);
  const at = place(event);
  if (!again)
    record("click", {
      target: describe(acted ?? inner, path, !acted),
      image_url: image,
      // A click by keyboard has no place.
      ...(detail || at.x || at.y ? at : {}),
    });
  const marked = nearest(path, "[data-ix-event]:not(form)");
  // The mark may stand on the field alone.
  if (marked && !(again && told.includes(marked))) trackMarked(marked, path, image);
  told = path;
}

export function captureClicks(): void {
  on<PointerEvent>(window, "pointerdown", (event) => {
    pressed = elements(event);
    pressedAt = event.timeStamp;
  });
  on(window, "click", click);
}
