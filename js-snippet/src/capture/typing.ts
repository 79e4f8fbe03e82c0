import { EDITABLE, elements, nearest } from "../dom/path";
import { describe } from "../dom/target";
import { on } from "../guard";
import { record } from "../record";

const TEXT = `textarea,input:not([type=checkbox]):not([type=radio]):not([type=range]):not([type=color]):not([type=file]),${EDITABLE}`;

let typed = new WeakSet<Element>();

/** On a new route the same field is a new one. */
export function forgetTyped(): void {
  typed = new WeakSet();
}

/** That someone typed, once a field; never what. */
export function captureTyping(): void {
  on(window, "input", (event) => {
    const path = elements(event);
    const field = nearest(path, TEXT);
    if (!field || typed.has(field)) return;
    typed.add(field);
    record("type", { target: describe(field, path) });
  });
}
