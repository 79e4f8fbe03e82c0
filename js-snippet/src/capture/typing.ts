import { describe, EDITABLE, elements, nearest, on, record } from "../kit";
import { onRoute } from "./route";

const TEXT = "textarea,input:not([type=checkbox],[type=radio],[type=range],[type=color],[type=file])," + EDITABLE;

let typed = new WeakSet<Element>();

/** That someone typed, once a field; never what. */
export function captureTyping(): void {
  // On a new route the same field is a new one.
  onRoute(() => {
    typed = new WeakSet();
  });
  on(window, "input", (event) => {
    const path = elements(event);
    const field = nearest(path, TEXT);
    if (!event.isTrusted /* the page's own doing */ || !field || typed.has(field)) return;
    typed.add(field);
    record("type", { target: describe(field, path) });
  });
}
