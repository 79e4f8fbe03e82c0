// Links inside the pages: an ordinary anchor, which the shell follows without loading the page again.

import { el } from "../../assets/dom.js";

/** An anchor to one of our pages. */
export function link(href, attributes, ...children) {
  return el("a", { href, "data-inside": true, ...attributes }, ...children);
}
