import { actionable, describe, elements, later, nearest, on, record, touchedImage } from "../kit";
import { onForm } from "./form-events";
import { place } from "./place";
import { inviting } from "./rage";
import { navigation } from "./route";

const PATIENCE = 2_500;
/** A scroll this soon was the click's doing; it is told in a later frame, and a busy page has few. */
const SOON = 500;
/** What answers a click without a change in the page, or where none can be seen. */
const QUIET = "input:not([type=button],[type=submit],[type=reset],[type=image]),select,textarea,label,option,[contenteditable],canvas,video,audio,iframe,embed,object,[download],[target=_blank]";

/** What it adds to may be a field's value, which nobody reads. */
const STEP = /^([+\-−–]|plus|minus)/i;

interface Waiting {
  event: MouseEvent;
  path: Element[];
  timer: number;
  count: number;
}

const waiting = new Map<Element, Waiting>();

function answered(within = PATIENCE): void {
  const since = performance.now() - within;
  for (const [element, { event, timer }] of waiting) {
    if (event.timeStamp < since) continue;
    clearTimeout(timer);
    waiting.delete(element);
  }
  if (!waiting.size) observer.disconnect();
}

const observer = new MutationObserver(() => answered());

/** Watches from inside the capturing listener, before the page's own ones have run. */
function watch(path: Element[]): void {
  for (const root of new Set(path.map((element) => element.getRootNode()))) {
    observer.observe(root, { attributes: true, characterData: true, childList: true, subtree: true });
  }
}

/** Nothing has changed since: what the click would have said of its target is still true, and costs no click now. */
function tell(inner: Element, { event, path, count }: Waiting): void {
  waiting.delete(inner);
  if (!waiting.size) observer.disconnect();
  const acted = actionable(path);
  const image = touchedImage(path, acted);
  // What does not look as if it could be clicked is no promise broken.
  if (!acted && !image && !inviting(inner)) return;
  const target = describe(acted ?? inner, path, !acted);
  if (!STEP.test(target.label ?? "")) record("dead_click", { target, image_url: image, count, ...place(event) });
}

/** Clicks on what looks as if it did something, after which nothing happens. */
export function captureDeadClicks(): void {
  on<MouseEvent>(window, "click", (event) => {
    const path = elements(event);
    const inner = path[0];
    if (!event.isTrusted || !event.detail || !inner || nearest(path, QUIET)) return;
    const link = nearest(path, "a[href]") as HTMLAnchorElement | undefined;
    // To a mail program, or a new tab; or to another page where the browser does not tell that it is on its way.
    if (event.ctrlKey || event.metaKey || event.shiftKey || (link && (!navigation || !/^http/.test(link.protocol)))) return;
    watch(path);
    const known = waiting.get(inner);
    clearTimeout(known?.timer);
    const entry = { event, path, timer: 0, count: (known?.count ?? 0) + 1 };
    entry.timer = later(() => tell(inner, entry), PATIENCE);
    waiting.set(inner, entry);
  });
  for (const type of ["input", "change", "toggle", "focusin", "play", "pause", "copy", "fullscreenchange", "popstate", "pagehide", "blur", "visibilitychange"])
    on(window, type, () => answered());
  onForm("submit", () => answered());
  on(document, "scroll", () => answered(SOON));
  on(document, "selectionchange", () => {
    if (!getSelection()?.isCollapsed) answered(SOON); // each click puts the caret somewhere
  });
  if (navigation) on(navigation, "navigate", () => answered());
}
