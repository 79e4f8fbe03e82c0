// A visitor by name and colour.

import { el } from "../../assets/dom.js";
import { visitor } from "../../assets/look.js";

/** The name the live page gives the same visitor. */
export function person(record) {
  const who = visitor(record);
  const node = el("span", { class: "who", title: who.key }, who.name);
  node.style.setProperty("--hue", who.hue);
  return node;
}
