// A row of choices of which one holds: real radio buttons, dressed as segments.

import { el } from "../../assets/dom.js";

let number = 0;

/** `choices` are `[value, text]`; `chosen(value)` is told. */
export function segments(label, choices, now, chosen) {
  const name = `segment-${(number += 1)}`;
  return el(
    "fieldset",
    { class: "segments" },
    el("legend", { class: "hidden" }, label),
    ...choices.map(([value, text]) => {
      const input = el("input", { type: "radio", name, value, class: "hidden" });
      input.checked = value === now;
      input.addEventListener("change", () => chosen(value));
      return el("label", { class: "segment" }, input, el("span", {}, text));
    }),
  );
}

/** A labelled choice from a list; `choices` are `[value, text]` or `[group, [[value, text], …]]`. */
export function choice(label, choices, now, chosen, options = {}) {
  const option = ([value, text]) => el("option", { value, selected: value === now }, text);
  const select = el(
    "select",
    { class: "field", "aria-label": options.visible ? undefined : label },
    ...choices.map((one) =>
      Array.isArray(one[1]) ? el("optgroup", { label: one[0] }, ...one[1].map(option)) : option(one),
    ),
  );
  select.addEventListener("change", () => chosen(select.value));
  return options.visible ? el("label", { class: "labelled" }, el("span", {}, label), select) : select;
}
