// The choice of what a chart is split by: one of a list, or a property of the site's own, by its name.

import { el } from "../../assets/dom.js";
import { choice } from "./tabs.js";

const PROPERTY = "props.";

/** Nodes for the tools of a panel; `choices` as for `choice`, `now` a field or `props.NAME`; `chosen(field)` is told. */
export function breakdown(choices, now, chosen) {
  const own = now.startsWith(PROPERTY);
  const name = el("input", {
    type: "search", class: "field property", "aria-label": "Property", placeholder: "property name", autocomplete: "off",
    value: own ? now.slice(PROPERTY.length) : "", hidden: !own,
  }); // prettier-ignore
  name.addEventListener("change", () => name.value.trim() && chosen(PROPERTY + name.value.trim()));
  const select = choice("Break down", [...choices, [PROPERTY, "by a property …"]], own ? PROPERTY : now, (value) => {
    name.hidden = value !== PROPERTY;
    if (name.hidden) chosen(value);
    else name.focus();
  });
  return [select, name];
}
