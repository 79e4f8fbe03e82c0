// A ranked list with a bar behind each line: a click narrows the page to it, the number leads to its sessions.

import { el } from "../../assets/dom.js";
import { count } from "../format.js";
import { link } from "../parts/link.js";

/** `items` are `{name, value, href, title, icon(), filter()}`, and `leads` where the link leads to more than what is
 *  counted; the longest bar is the largest value. */
export function bars(label, items, { unit = "sessions" } = {}) {
  const most = Math.max(1, ...items.map((item) => item.value));
  return el(
    "ol",
    { class: "bars", "aria-label": label },
    ...items.map((item) => {
      const bar = el("i", { class: "bar-fill", "aria-hidden": "true" });
      bar.style.width = `${(item.value / most) * 100}%`;
      const name = el("button", { type: "button", class: "bar-name", title: item.title || `Only ${item.name}` }, item.icon?.(), el("span", {}, item.name));
      name.addEventListener("click", item.filter);
      const spoken = `${count(item.value)} ${unit}: ${item.name}${item.leads ? `; opens ${item.leads}` : ""}`;
      return el("li", {}, bar, name, link(item.href, { class: "bar-value", title: item.leads ? `Opens ${item.leads}` : `The ${unit} behind this`, "aria-label": spoken }, count(item.value)));
    }),
  );
}
