import { IGNORE, nearest, on } from "../kit";
import { outwards } from "../dom/outwards";

type Listener = (path: Element[]) => void;

const listeners: [type: string, fn: (event: Event) => void][] = [];
const known = new WeakSet<EventTarget>();

function hear(event: Event, fn: Listener): void {
  const form = event.composedPath()[0];
  // An event that stays inside of its shadow root does not tell what is around that.
  const path = form instanceof Element ? outwards(form) : [];
  if (path.length && !nearest(path, IGNORE)) fn(path);
}

/** What browsers say of a form does not leave its shadow root: each root is listened to once someone is at work in it. */
function enter(event: Event): void {
  for (const root of event.composedPath()) {
    if (!(root instanceof ShadowRoot) || known.has(root)) continue;
    known.add(root);
    for (const [type, fn] of listeners) on(root, type, fn);
  }
}

export function onForm(type: "submit" | "formdata", fn: Listener): void {
  const listener = (event: Event): void => hear(event, fn);
  listeners.push([type, listener]);
  on(window, type, listener);
}

export function watchForms(): void {
  for (const type of ["focusin", "input", "click"]) on(window, type, enter);
}
