// A button that opens a small panel below it. Escape, a click elsewhere, or moving on closes it.

import { el } from "../../assets/dom.js";

let number = 0;

/** `{node, button, close}`. `fill(panel, close)` is called at each opening. */
export function menu(label, fill, options = {}) {
  const id = `menu-${(number += 1)}`;
  const panel = el("div", { id, class: `menu-panel ${options.panel || ""}`, role: "dialog", "aria-label": options.title || label, hidden: true });
  const button = el("button", { type: "button", class: options.class || "quiet", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-controls": id }, label);
  const node = el("div", { class: "menu" }, button, panel);

  const outside = (event) => !node.contains(event.target) && close(false);
  const key = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close(true);
  };
  function close(back = true) {
    if (panel.hidden) return;
    panel.hidden = true;
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    if (back) button.focus();
  }
  function open() {
    panel.replaceChildren();
    panel.hidden = false;
    button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", outside, true);
    fill(panel, close);
    place();
    (panel.querySelector("[aria-current='true']") || panel.querySelector("button, input, select, a"))?.focus();
  }
  /** To the left where it would leave the window on the right. */
  function place() {
    panel.style.removeProperty("--shift");
    const box = panel.getBoundingClientRect();
    const over = Math.max(0, box.right - document.documentElement.clientWidth + 10);
    panel.style.setProperty("--shift", `${-Math.min(over, box.left - 10)}px`);
  }
  button.addEventListener("click", () => (panel.hidden ? open() : close()));
  node.addEventListener("keydown", key);
  node.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !node.contains(event.relatedTarget)) close(false);
  });
  return { node, button, close, open };
}
