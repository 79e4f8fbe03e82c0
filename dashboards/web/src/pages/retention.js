// Coming back: cohorts by when visitors first came, and new against returning ones.

import { el } from "../../assets/dom.js";
import { ask } from "../api.js";
import { timeline } from "../charts/timeline.js";
import { count, moment, percent, things } from "../format.js";
import { link } from "../parts/link.js";
import { nothing, panel } from "../parts/panel.js";
import { segments } from "../parts/tabs.js";
import { address, sessionsAddress } from "../state.js";

const INTERVALS = [["day", "Days"], ["week", "Weeks"], ["month", "Months"]]; // prettier-ignore

function cell(cohort, number, index, interval) {
  const share = cohort.size ? number / cohort.size : 0;
  const node = el("td", { class: "cohort-cell", title: `${things(number, "visitor")} of ${count(cohort.size)} came in ${interval} ${index}` }, percent(share));
  node.style.setProperty("--share", `${Math.round(Math.min(1, index === 0 ? share * 0.9 : share * 1.6) * 48)}%`);
  return node;
}

function grid(answer, state) {
  const { zone } = state;
  /** The sessions of a cohort's own bucket. */
  const there = (index) => {
    const [from, to] = [index, index + 1].map((place) => Date.parse(answer.cohorts[place]?.start ?? "") || state.to);
    return address("/sessions", state, { from: Math.max(from, state.from), to: Math.min(to, state.to) });
  };
  const most = Math.max(...answer.cohorts.map((cohort) => cohort.returned.length));
  const heads = ["First came", "Visitors", ...Array.from({ length: most }, (_, index) => `${answer.interval[0].toUpperCase()}${answer.interval.slice(1)} ${index}`)];
  return el(
    "div",
    { class: "scroll tall", tabindex: "0", role: "region", "aria-label": "Cohorts" },
    el(
      "table",
      { class: "cohorts" },
      el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el(
        "tbody",
        {},
        ...answer.cohorts.map((cohort, place) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, moment(Date.parse(cohort.start), zone, answer.interval)),
            el("td", {}, link(there(place), { class: "plain", title: `The sessions of this ${answer.interval}` }, count(cohort.size))),
            ...cohort.returned.map((number, index) => cell(cohort, number, index, answer.interval)),
          ),
        ),
      ),
    ),
  );
}

/** `{node, update(context)}` */
export function retentionView() {
  const cohorts = panel("Who comes back", { lines: 8 });
  const both = panel("New and returning visitors", { lines: 8 });
  const tools = el("div", { class: "tools" });
  cohorts.head.append(tools);
  const hidden = new Set();

  function update(context) {
    const { state, own } = context;
    const long = state.to - state.from > 15 * 86_400_000;
    const interval = INTERVALS.some(([id]) => id === own.each) ? own.each : long ? "week" : "day";
    tools.replaceChildren(segments("Interval", INTERVALS, interval, (value) => context.tune({ each: value }, true)));
    const once = ask("/v1/retention", state, { interval }, context.signal);
    once.catch(() => {}); // both panels tell it
    cohorts.load(context, () => once, (answer, body) => {
      if (!answer.cohorts.length) return body.append(nothing("Nobody came in this window", "Choose a longer window or fewer filters."));
      body.append(grid(answer, state));
    }); // prettier-ignore
    both.load(context, () => once, (answer, body) => {
      const { times, returning, new: fresh } = answer.new_vs_returning;
      if (!times.length) return body.append(nothing("Nobody came in this window", "Choose a longer window or fewer filters."));
      const data = { interval: answer.interval, times, series: [{ name: "new", values: fresh }, { name: "returning", values: returning }] };
      body.append(timeline(data, {
        zone: state.zone, unit: "visitors", hidden, window: state,
        zoom: (from, to) => context.change({ from, to }),
        open: (from, to) => context.go(sessionsAddress({ ...state, range: "", from: Math.max(from, state.from), to: Math.min(to, state.to) })),
      }));
    }); // prettier-ignore
  }
  return { node: el("div", { class: "page" }, cohorts.node, both.node), update };
}
