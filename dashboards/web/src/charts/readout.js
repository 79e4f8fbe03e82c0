// What belongs to a chart: the box that tells its values, the names of its series, and its values as a table.

import { el } from "../../assets/dom.js";
import { change, count } from "../format.js";

/** The box beside the cursor. */
export function tip() {
  const node = el("div", { class: "tip", hidden: true });
  return {
    node,
    text: () => node.dataset.text || "",
    hide() {
      node.hidden = true;
    },
    show(title, rows, x, width) {
      const line = ({ name, colour, value, before }) => {
        const dot = el("i", { class: "dot" });
        dot.style.background = colour;
        const moved = change(before, value);
        return el("li", {}, dot, el("span", { class: "tip-name" }, name), el("b", {}, count(value)), before !== undefined && before !== null && el("span", { class: "muted" }, `before: ${count(before)}${moved ? ` (${moved.way === "down" ? "−" : "+"}${moved.text})` : ""}`));
      };
      node.replaceChildren(el("p", { class: "tip-title" }, title), el("ul", {}, ...rows.sort((a, b) => (b.value ?? 0) - (a.value ?? 0)).map(line)), el("p", { class: "tip-hint muted" }, "Click for sessions · drag to zoom"));
      node.dataset.text = `${title}: ${rows.map(({ name, value }) => `${name} ${count(value)}`).join(", ")}`;
      node.hidden = false;
      const wide = node.offsetWidth;
      node.style.left = `${x + wide + 18 > width ? Math.max(0, x - wide - 14) : x + 14}px`;
    },
  };
}

/** The names of the series as buttons that hide and show them; `hidden` is the set of hidden names. */
export function legend(series, hidden, changed) {
  return el(
    "ul",
    { class: "legend", "aria-label": "Series" },
    ...series.map(({ name, colour, total }) => {
      const dot = el("i", { class: "dot" });
      dot.style.background = colour;
      const button = el("button", { type: "button", "aria-pressed": String(!hidden.has(name)), title: "Hide or show" }, dot, el("span", {}, name || "(empty)"), el("span", { class: "muted" }, count(total)));
      button.addEventListener("click", () => {
        if (!hidden.delete(name)) hidden.add(name);
        button.setAttribute("aria-pressed", String(!hidden.has(name)));
        changed();
      });
      return el("li", {}, button);
    }),
  );
}

/** The same values as a table, folded away and made when it is opened. */
export function table(heads, rows) {
  const details = el("details", { class: "as-table" }, el("summary", {}, "As a table"));
  details.addEventListener(
    "toggle",
    () => {
      details.append(
        el(
          "div",
          { class: "scroll", tabindex: "0", role: "region", "aria-label": "Values" },
          el(
            "table",
            {},
            el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head || "(empty)")))),
            el("tbody", {}, ...rows.map(([first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, first), ...rest.map((value) => el("td", {}, value))))),
          ),
        ),
      );
    },
    { once: true },
  );
  return details;
}
