// Friction: where it hurts, each with the sessions that show it.

import { el } from "../../assets/dom.js";
import { ask } from "../api.js";
import { all, element, is } from "../expression.js";
import { count, percent, things } from "../format.js";
import { link } from "../parts/link.js";
import { estimated, nothing, panel } from "../parts/panel.js";
import { address, sessionsAddress } from "../state.js";

const PARTS = [
  { id: "rage_clicks", title: "Rage clicks", note: "clicked again and again, fast", event: "rage_click" },
  { id: "dead_clicks", title: "Dead clicks", note: "clicked, and nothing happened", event: "dead_click" },
  { id: "forms", title: "Forms left", note: "began to fill in, and went away" },
  { id: "errors", title: "Errors", note: "failed in the visitor's browser" },
  { id: "quick_backs", title: "Quick backs", note: "opened a page and turned around" },
]; // prettier-ignore

/** Of an answer's part: the headline number. */
function total(id, part) {
  return id === "forms" ? part.abandoned : part.count;
}

/** What a line stands for: its text, where it happened, and the expression of its sessions. */
function about(id, event, item) {
  const on = item.path ? is("path", item.path) : null;
  if (id === "forms") return { name: item.form || "(a form without a name)", expr: all(is("event_name", "form_abandon"), on, item.form && element(item.form)) };
  if (id === "errors") return { name: item.message, expr: all(is("event_name", "error"), on, item.message && is("props.message", item.message)) };
  if (id === "quick_backs") return { name: item.path || "(no path)", expr: on };
  const target = item.target_selector ? is("target_selector", item.target_selector) : is("target_label", item.target_label);
  return { name: item.target_label || item.target_selector || "(nothing in particular)", expr: all(is("event_name", event), on, target) };
}

function examples(state, ids = []) {
  return el(
    "span",
    { class: "examples" },
    ...ids.slice(0, 3).map((id, index) => link(address(`/sessions/${encodeURIComponent(id)}`, state), { class: "example", title: "One session, as it went" }, `▸ ${index + 1}`)),
  );
}

function line(state, id, event, item) {
  const { name, expr } = about(id, event, item);
  const number = id === "forms" ? item.abandoned : item.count;
  const href = sessionsAddress(state, expr);
  return el(
    "li",
    {},
    link(href, { class: "pain-count", title: "The sessions behind this" }, count(number), el("span", { class: "hidden" }, ` × ${name}`)),
    el(
      "div",
      { class: "pain-what" },
      el("p", { class: "pain-name", title: item.target_selector || name }, name),
      el(
        "p",
        { class: "muted pain-where" },
        item.path && id !== "quick_backs" && el("span", { class: "path" }, item.path),
        id === "forms" ? el("span", {}, `${percent(item.abandon_rate)} of ${count(item.started)} left it`) : el("span", {}, `in ${things(item.sessions, "session")}`),
      ),
    ),
    examples(state, item.example_sessions),
  );
}

/** The page. */
export function frictionPage() {
  const head = panel("Friction in figures", { class: "figures", lines: 2 });
  const boxes = PARTS.map((part) => panel(part.title, { note: part.note, class: "pains-panel", lines: 6 }));
  const node = el(
    "div",
    { class: "page" },
    el("div", { class: "page-head" }, el("h1", {}, "Friction"), el("p", { class: "lead" }, "Where visitors get stuck. A number opens its sessions; ▸ opens one of them.")),
    head.node,
    el("div", { class: "grid wide-grid" }, ...boxes.map((box) => box.node)),
  );

  function update(context) {
    const { state } = context;
    const read = (signal) => ask("/v1/friction", state, {}, signal);
    const once = read(context.signal);
    once.catch(() => {}); // each panel tells it
    head.load(
      context,
      () => once,
      (answer, body) =>
        body.append(
          el(
            "div",
            { class: "tiles" },
            ...PARTS.map(({ id, title, event }) =>
              link(
                sessionsAddress(state, event ? is("event_name", event) : id === "forms" ? is("event_name", "form_abandon") : id === "errors" ? is("event_name", "error") : null),
                { class: "figure-tile", "data-figure": id },
                el("span", { class: "figure-name" }, title),
                el("span", { class: "figure-value" }, count(total(id, answer[id]))),
                el("span", { class: "delta" }, answer[id].sessions === undefined ? "" : `in ${things(answer[id].sessions, "session")}`),
              ),
            ),
          ),
        ),
    );
    PARTS.forEach(({ id, event }, index) =>
      boxes[index].load(
        context,
        () => once,
        (answer, body) => {
          const items = answer[id].items.filter((item) => (id === "forms" ? item.abandoned : item.count));
          body.append(items.length ? el("ol", { class: "pains" }, ...items.slice(0, 10).map((item) => line(state, id, event, item))) : nothing("None in this window", "Good."), ...estimated(answer[id]));
        },
      ),
    );
  }
  return { node, update };
}
