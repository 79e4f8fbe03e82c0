// Which stretch of time: presets, two moments, the zone they are told in, and the comparison.

import { el } from "../../assets/dom.js";
import { span } from "../format.js";
import { menu } from "../parts/menu.js";
import { choice } from "../parts/tabs.js";
import { RANGES } from "../state.js";
import { fromInput, HERE, isZone, toInput, zones } from "../zone.js";

function presets(context, close) {
  const { state } = context;
  return el(
    "ul",
    { class: "menu-list", "aria-label": "Windows" },
    ...RANGES.map(({ id, name }) => {
      const button = el("button", { type: "button", class: "menu-item", "aria-current": id === state.range ? "true" : undefined }, name);
      button.addEventListener("click", () => {
        close();
        context.change({ range: id });
      });
      return el("li", {}, button);
    }),
  );
}

function between(context, close) {
  const { state } = context;
  const input = (name, text, moment) =>
    el("label", { class: "labelled" }, el("span", {}, text), el("input", { type: "datetime-local", class: "field", name, required: true, value: toInput(moment, state.zone) }));
  const problem = el("p", { class: "problem", role: "alert" });
  const form = el(
    "form",
    { class: "menu-form" },
    input("from", "From", state.from),
    input("to", "To", state.to),
    problem,
    el("button", { type: "submit", class: "strong" }, "Show this window"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const from = fromInput(form.elements.from.value, state.zone);
    const to = fromInput(form.elements.to.value, state.zone);
    if (from === null || to === null || from >= to) {
      problem.textContent = "The window must end after it begins.";
      return;
    }
    close();
    context.change({ from, to });
  });
  return form;
}

/** The zones to choose from as `[name, text]`: this browser's, those the sites are run in, all others. */
function zoneChoices(sites) {
  const theirs = new Map();
  for (const { name, timezone } of sites) if (timezone && isZone(timezone)) theirs.set(timezone, [...(theirs.get(timezone) || []), name]);
  const said = (zone) => [...(zone === HERE ? ["this browser"] : []), ...(theirs.get(zone) || [])].join(", ");
  const first = [...new Set([HERE, ...theirs.keys()])];
  return [...first.map((zone) => [zone, `${zone} (${said(zone)})`]), ...zones().filter((zone) => !first.includes(zone)).map((zone) => [zone, zone])]; // prettier-ignore
}

/** The button with the window's name, and its panel; `sites` are those of the API. */
export function windowMenu(context, sites) {
  const { state } = context;
  const preset = RANGES.find((one) => one.id === state.range);
  const exact = span(state.from, state.to, state.zone);
  const label = el("span", { class: "window-label" }, el("b", {}, preset ? preset.name : exact), preset && el("span", { class: "muted window-exact" }, exact));
  const fill = (panel, close) => {
    const compare = el("input", { type: "checkbox", checked: state.compare });
    compare.addEventListener("change", () => context.change({ compare: compare.checked }));
    const bots = choice("Bots", [["exclude", "without bots"], ["include", "with bots"], ["only", "bots only"]], state.bots, (value) => context.change({ bots: value }), { visible: true }); // prettier-ignore
    const zone = choice("Time zone", zoneChoices(sites), state.zone, (value) => context.change({ zone: value }), { visible: true });
    panel.append(
      presets(context, close),
      el("div", { class: "menu-side" }, between(context, close), el("label", { class: "check" }, compare, "Compare with the time before"), zone, bots),
    );
  };
  return menu(label, fill, { title: "Window of time", panel: "wide", class: "quiet window-button" }).node;
}
