// A funnel: the steps, how many take each, how long it takes them, and where they fall out.

import { el } from "../../assets/dom.js";
import { EVENT_NAMES } from "../../assets/look.js";
import { ask } from "../api.js";
import { all, is, isExpression, words } from "../expression.js";
import { count, duration, percent } from "../format.js";
import { breakdown } from "../parts/breakdown.js";
import { link } from "../parts/link.js";
import { nothing, panel } from "../parts/panel.js";
import { choice, segments } from "../parts/tabs.js";
import { address } from "../state.js";

const SAID = {
  page_view: "Saw a page", image_view: "Looked at an image", add_to_cart: "Put something into the cart", purchase: "Bought",
  click: "Clicked", search: "Searched", scroll: "Scrolled", feedback: "Gave feedback", form_start: "Began a form",
  form_submit: "Sent a form", message: "Wrote a message", navigate: "Went on to a page",
}; // prettier-ignore
const FIRST = [is("event_name", "page_view"), is("event_name", "image_view"), is("event_name", "add_to_cart"), is("event_name", "purchase")];
const MOST_STEPS = 10;
const WINDOWS = [["1800", "within 30 minutes"], ["3600", "within an hour"], ["86400", "within a day"], ["604800", "within a week"], ["2592000", "within 30 days"]]; // prettier-ignore
const WHO = [["session", "Sessions"], ["visitor", "Visitors"]]; // prettier-ignore
const BY = [["", "no breakdown"], ["device", "by device"], ["browser", "by browser"], ["country", "by country"], ["source", "by source"], ["utm_campaign", "by campaign"]]; // prettier-ignore
const KINDS = [["event_name", "event", "is"], ["path", "page", "is"], ["path", "page under", "starts_with"], ["target_label", "element", "is"], ["product_id", "product", "is"]]; // prettier-ignore

/** What a step is, as a heading. */
function named(step) {
  if (step.field === "event_name" && SAID[step.is]) return SAID[step.is];
  if (step.field === "path" && typeof step.is === "string") return `On ${step.is}`;
  if (step.field === "path" && step.starts_with) return `On a page under ${step.starts_with}`;
  return words(step);
}

function readSteps(text) {
  try {
    const steps = JSON.parse(text);
    if (Array.isArray(steps) && steps.length >= 2 && steps.every(isExpression)) return steps.slice(0, MOST_STEPS);
  } catch {
    // the usual steps, as for what is no expression
  }
  return FIRST;
}

/** One step to edit: its kind and value. An expression of another shape is shown in words. */
function stepRow(step, index, steps, changed) {
  const kind = KINDS.findIndex(([field, , operator]) => step.field === field && typeof step[operator] === "string");
  const replace = (one) => changed(steps.map((old, place) => (place === index ? one : old)));
  const label = `Step ${index + 1}`;
  const tools = [
    index > 0 && el("button", { type: "button", class: "quiet small", "aria-label": `${label}: up`, onclick: () => changed(steps.map((old, place) => (place === index - 1 ? step : place === index ? steps[index - 1] : old))) }, "↑"),
    steps.length > 2 && el("button", { type: "button", class: "quiet small", "aria-label": `${label}: remove`, onclick: () => changed(steps.filter((_, place) => place !== index)) }, "×"),
  ];
  if (kind < 0) return el("li", { class: "step-row" }, el("span", { class: "step-number" }, String(index + 1)), el("span", { class: "step-words" }, words(step)), ...tools);
  const [field, , operator] = KINDS[kind];
  const select = el("select", { class: "field", "aria-label": `${label}: kind` }, ...KINDS.map(([, name], place) => el("option", { value: place, selected: place === kind }, name)));
  const value = el("input", { type: "text", class: "field", "aria-label": `${label}: value`, value: step[operator], list: field === "event_name" ? "funnel-events" : field === "path" ? "funnel-pages" : undefined, placeholder: "which one", autocomplete: "off" });
  select.addEventListener("change", () => {
    const [newField, , newOperator] = KINDS[Number(select.value)];
    replace({ field: newField, [newOperator]: newField === "path" ? "/" : newField === "event_name" ? "page_view" : "" });
  });
  value.addEventListener("change", () => replace({ field, [operator]: value.value.trim() }));
  return el("li", { class: "step-row" }, el("span", { class: "step-number" }, String(index + 1)), select, value, ...tools);
}

/** The sessions (or those of visitors) that did each of the first steps, in whatever order. */
function behind(state, who, steps, missing) {
  const filters = steps.map((expr) => ({ who, not: false, expr }));
  if (missing) filters.push({ who, not: true, expr: missing });
  return address("/sessions", state, { filters: [...state.filters, ...filters] });
}

function stepsShown(answer, steps, who, state) {
  const most = Math.max(1, answer.steps[0].count);
  return answer.steps.map((step, index) => {
    const fill = el("i", { class: "funnel-fill", "aria-hidden": "true" });
    fill.style.width = `${(step.count / most) * 100}%`;
    const lost = index ? answer.steps[index - 1].count - step.count : 0;
    return el(
      "li",
      { class: "funnel-step" },
      index > 0 &&
        el(
          "p",
          { class: "funnel-between muted" },
          el("span", {}, `${percent(step.rate_from_previous)} went on`, step.median_seconds_from_previous === null ? "" : `, in ${duration(step.median_seconds_from_previous)} at the median`),
          lost > 0 && link(behind(state, who, steps.slice(0, index), steps[index]), { class: "lost", title: "Those who did not do the next step" }, `${count(lost)} did not`),
        ),
      el(
        "div",
        { class: "funnel-bar" },
        fill,
        el("span", { class: "step-number" }, String(index + 1)),
        el("span", { class: "funnel-name", title: words(steps[index]) }, named(steps[index])),
        link(behind(state, who, steps.slice(0, index + 1)), { class: "funnel-count", title: `The ${who}s that did these steps` }, count(step.count)),
        el("span", { class: "funnel-rate" }, percent(step.rate_from_first)),
      ),
    );
  });
}

/** The funnel of each value at the first step; a number opens its sessions. */
function parts(answer, steps, who, by, state) {
  if (!answer.breakdown?.length) return null;
  const heads = ["Value", ...steps.map((_, index) => `Step ${index + 1}`), "Through"];
  const rows = answer.breakdown.map(({ value, rest, steps: counts }) => {
    const [first, ...others] = steps;
    const number = (one, index) => {
      if (rest) return count(one);
      const href = behind(state, who, [all(first, is(by, value)), ...others.slice(0, index)]);
      return link(href, { class: "plain", title: `The ${who}s behind this` }, count(one));
    };
    return [rest ? "(all others)" : value || "(none)", ...counts.map(number), percent(counts[0] ? counts.at(-1) / counts[0] : null)];
  });
  return el(
    "div",
    { class: "scroll parts", tabindex: "0", role: "region", "aria-label": "Breakdown" },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, ...rows.map(([first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, first), ...rest.map((one) => el("td", {}, one))))),
    ),
  );
}

/** `{node, update(context)}` */
export function funnelView() {
  const editor = panel("Steps", { lines: 4 });
  const box = panel("Funnel", { lines: 6 });
  const tools = el("div", { class: "tools" });
  box.head.append(tools);
  const node = el("div", { class: "with-side turned" }, editor.node, box.node);

  function update(context) {
    const { state, own } = context;
    const steps = readSteps(own.steps);
    const who = own.who === "visitor" ? "visitor" : "session";
    const within = WINDOWS.some(([value]) => value === own.within) ? own.within : "86400";
    const by = BY.some(([value]) => value === own.by) || own.by?.startsWith("props.") ? own.by : "";
    const changed = (next) => context.tune({ steps: JSON.stringify(next) }, true);
    tools.replaceChildren(
      segments("Count", WHO, who, (value) => context.tune({ who: value === "session" ? "" : value }, true)),
      choice("Time for all steps", WINDOWS, within, (value) => context.tune({ within: value }, true)),
      ...breakdown(BY, by, (value) => context.tune({ by: value }, true)),
    );
    editor.load(
      context,
      (signal) => ask("/v1/top", { ...state, filters: [] }, { by: "page", limit: 100 }, signal),
      (pages, body) =>
        body.append(
          el("ol", { class: "step-rows" }, ...steps.map((step, index) => stepRow(step, index, steps, changed))),
          steps.length < MOST_STEPS ? el("button", { type: "button", class: "quiet", onclick: () => changed([...steps, is("event_name", "click")]) }, "+ Step") : "",
          own.steps ? el("button", { type: "button", class: "quiet", onclick: () => context.tune({ steps: "" }, true) }, "Usual steps") : "",
          el("datalist", { id: "funnel-events" }, ...EVENT_NAMES.map((name) => el("option", { value: name }))),
          el("datalist", { id: "funnel-pages" }, ...pages.items.map((item) => el("option", { value: item.value }))),
        ),
    );
    box.load(
      context,
      (signal) => ask("/v1/funnel", state, { steps: JSON.stringify(steps), window: within, who, by }, signal),
      (answer, body) => {
        if (!answer.steps[0].count) return body.append(nothing("Nobody took the first step in this window", "Change the first step, or choose a longer window."));
        body.append(el("ol", { class: "funnel" }, ...stepsShown(answer, steps, who, state)), parts(answer, steps, who, by, state) ?? "");
      },
    );
  }
  return { node, update };
}
