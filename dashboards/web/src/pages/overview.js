// Overview: how much, how it moves, and what leads the lists.

import { el } from "../../assets/dom.js";
import { ask } from "../api.js";
import { timeline } from "../charts/timeline.js";
import { count, decimal, duration, percent, span } from "../format.js";
import { breakdown } from "../parts/breakdown.js";
import { delta } from "../parts/delta.js";
import { link } from "../parts/link.js";
import { nothing, panel, waiting } from "../parts/panel.js";
import { choice, segments } from "../parts/tabs.js";
import { sessionsAddress } from "../state.js";
import { nowLine } from "./now-line.js";
import { topLists } from "./top-lists.js";

const FIGURES = [
  ["visitors", "Visitors", count, "up"],
  ["sessions", "Sessions", count, "up"],
  ["interactions", "Interactions", count, "up"],
  ["page_views", "Page views", count, "up"],
  ["interactions_per_session", "Per session", decimal, "up"],
  ["bounce_rate", "Bounce rate", percent, "down"],
  ["median_duration_s", "Median duration", duration, "up"],
];
const MEASURES = [["interactions", "Interactions"], ["visitors", "Visitors"], ["sessions", "Sessions"]]; // prettier-ignore
const BREAKDOWNS = [
  ["", "All together"],
  ["What", [["event_name", "by event"], ["user_action", "by action"], ["path", "by page"], ["target_section", "by section"], ["product_id", "by product"]]],
  ["Who", [["device", "by device"], ["browser", "by browser"], ["os", "by system"], ["country", "by country"], ["language", "by language"]]],
  ["From where", [["source", "by source"], ["utm_campaign", "by campaign"], ["site", "by site"]]],
]; // prettier-ignore
const INTERVALS = [["auto", "auto"], ["minute", "minutes"], ["hour", "hours"], ["day", "days"], ["week", "weeks"], ["month", "months"]]; // prettier-ignore

function figures(answer, context) {
  const { current, previous, previous_from: from, previous_to: to } = answer;
  const when = from && to ? ` (${span(Date.parse(from), Date.parse(to), context.state.zone)})` : "";
  return FIGURES.map(([name, title, format, better]) =>
    link(
      sessionsAddress(context.state),
      { class: "figure-tile", "data-figure": name, title: "See the sessions" },
      el("span", { class: "figure-name" }, title),
      el("span", { class: "figure-value" }, format(current[name])),
      previous ? delta(previous[name], current[name], better, `Before${when}: ${format(previous[name])}`) : el("span", { class: "delta" }),
    ),
  );
}

/** The page. */
export function overviewPage() {
  const now = nowLine();
  const tiles = panel("Figures", { class: "figures", lines: 2 });
  const activity = panel("Activity", { class: "activity", lines: 8 });
  const lists = topLists();
  const tools = el("div", { class: "tools" });
  activity.head.append(tools);
  tiles.body.replaceChildren(el("div", { class: "tiles" }, waiting(2)));
  const node = el("div", { class: "page" }, el("div", { class: "page-head" }, el("h1", {}, "Overview"), now.node), tiles.node, activity.node, lists.node);
  const hidden = new Set();

  function update(context) {
    const { state, own } = context;
    const measure = MEASURES.some(([name]) => name === own.measure) ? own.measure : "interactions";
    const by = own.by || "";
    const interval = own.interval || "auto";
    const compare = state.compare && !by ? "previous" : "";
    now.update(context);
    tiles.load(
      context,
      (signal) => ask("/v1/summary", state, { compare: state.compare ? "previous" : "" }, signal),
      (answer, body) => body.append(el("div", { class: "tiles" }, ...figures(answer, context))),
    );
    tools.replaceChildren(
      segments("Measure", MEASURES, measure, (value) => context.tune({ measure: value === "interactions" ? "" : value }, true)),
      ...breakdown(BREAKDOWNS, by, (value) => {
        hidden.clear();
        context.tune({ by: value }, true);
      }),
      choice("Interval", INTERVALS, interval, (value) => context.tune({ interval: value === "auto" ? "" : value }, true)),
    );
    activity.load(
      context,
      (signal) => ask("/v1/timeseries", state, { measure, by, interval, limit: by ? 7 : "", compare }, signal),
      (answer, body) => {
        const sum = answer.series.reduce((total, one) => total + one.values.reduce((all, value) => all + value, 0), 0);
        if (!sum && !answer.previous) {
          const hint = state.filters.length ? "Take a filter away, or choose a longer window." : "Choose a longer window, or open a page that carries the tag and click around in it.";
          return body.append(nothing("Nothing happened in this window", hint));
        }
        body.append(
          timeline(answer, {
            zone: state.zone,
            unit: measure,
            hidden,
            window: state,
            zoom: (from, to) => context.change({ from, to }),
            open: (from, to) => context.go(sessionsAddress({ ...state, range: "", from: Math.max(from, state.from), to: Math.min(to, state.to) })),
          }),
        );
      },
    );
    lists.update(context);
  }
  return { node, update, end: now.end };
}
