// Friction: where it hurts, each with the sessions that show it.

import { el } from "../../assets/dom.js";
import { ask } from "../api.js";
import { all, countedInTop, element, is } from "../expression.js";
import { count, percent, things } from "../format.js";
import { link } from "../parts/link.js";
import { estimated, nothing, panel } from "../parts/panel.js";
import { address, sessionsAddress } from "../state.js";

const PARTS = [
  { id: "rage_clicks", title: "Rage clicks", note: "clicked again and again, fast", event: "rage_click" },
  { id: "dead_clicks", title: "Dead clicks", note: "clicked, and nothing happened", event: "dead_click" },
  { id: "forms", title: "Forms left", note: "began to fill in, and went away" },
  { id: "errors", title: "Errors", note: "failed in the visitor's browser", event: "error" },
  { id: "quick_backs", title: "Quick backs", note: "opened a page and turned around" },
]; // prettier-ignore

const MOST = 10; // lines of a part

/** Of an answer's part: the headline number. */
function total(id, part) {
  return id === "forms" ? part.abandoned : part.count;
}

/** The sessions that began a form and sent it neither as such nor as feedback: the filters choose which beginnings count. */
function left(state, ...where) {
  const began = all(is("event_name", "form_start"), ...where);
  const sent = all(is("event_name", ["form_submit", "feedback"]), ...where);
  return address("/sessions", state, { filters: [...state.filters, { who: "interaction", expr: began }, { who: "session", not: true, expr: sent }] });
}

/** What a line stands for: its name, and the address of its sessions; no filter tells those that turned around. */
function about(state, id, event, item) {
  const on = is("path", item.path);
  if (id === "forms") return { name: item.form || "(a form without a name)", href: left(state, on, element(item.form)) };
  if (id === "quick_backs") return { name: item.path || "(no path)", saw: sessionsAddress(state, countedInTop("page", item.path)) };
  if (id === "errors") return { name: item.message, href: sessionsAddress(state, all(is("event_name", "error"), on, is("props.message", item.message))) };
  const target = [is("target_label", item.target_label), is("target_selector", item.target_selector)];
  return { name: item.target_label || item.target_selector || "(nothing in particular)", href: sessionsAddress(state, all(is("event_name", event), on, ...target)) };
}

/** Of a part's figure: the address of its sessions, as far as a filter tells them, and a word on what it opens or counts. */
function behind(state, id, event, part) {
  if (id === "forms") return { href: left(state), title: "Sessions that began a form and sent none", note: `of ${count(part.started)} begun` };
  if (id === "quick_backs") return { note: "" };
  return { href: sessionsAddress(state, is("event_name", event)), note: `in ${things(part.sessions, "session")}` };
}

function tile(state, { id, title: name, event }, part) {
  const { href, title, note } = behind(state, id, event, part);
  const content = [el("span", { class: "figure-name" }, name), el("span", { class: "figure-value" }, count(total(id, part))), el("span", { class: "delta" }, note)];
  const attributes = { class: "figure-tile", "data-figure": id, title };
  return href ? link(href, attributes, ...content) : el("div", attributes, ...content);
}

function examples(state, ids = []) {
  return el(
    "span",
    { class: "examples" },
    ...ids.slice(0, 3).map((id, index) => link(address(`/sessions/${encodeURIComponent(id)}`, state), { class: "example", title: "One session, as it went" }, `▸ ${index + 1}`)),
  );
}

function line(state, id, event, item) {
  const { name, href, saw } = about(state, id, event, item);
  const number = [count(id === "forms" ? item.abandoned : item.count), el("span", { class: "hidden" }, ` × ${name}`)];
  return el(
    "li",
    {},
    href ? link(href, { class: "pain-count", title: "The sessions behind this" }, ...number) : el("span", { class: "pain-count" }, ...number),
    el(
      "div",
      { class: "pain-what" },
      el("p", { class: "pain-name", title: item.target_selector || name }, name),
      el(
        "p",
        { class: "muted pain-where" },
        item.path && id !== "quick_backs" && el("span", { class: "path" }, item.path),
        id === "forms" ? el("span", {}, `${percent(item.abandon_rate)} of ${count(item.started)} left it`) : el("span", {}, `in ${things(item.sessions, "session")}`),
        saw && link(saw, {}, "sessions that saw this page"),
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
        body.append(el("div", { class: "tiles" }, ...PARTS.map((part) => tile(state, part, answer[part.id]))), ...estimated(answer)),
    );
    PARTS.forEach(({ id, event }, index) =>
      boxes[index].load(
        context,
        () => once,
        (answer, body) => {
          const items = answer[id].items.filter((item) => (id === "forms" ? item.abandoned : item.count));
          body.append(
            items.length ? el("ol", { class: "pains" }, ...items.slice(0, MOST).map((item) => line(state, id, event, item))) : nothing(...(answer.sampled ? ["None in the sample", "What is rare shows in a shorter window."] : ["None in this window", "Good."])),
            items.length > MOST ? el("p", { class: "panel-note muted" }, `The ${MOST} with most`) : "",
          );
        },
      ),
    );
  }
  return { node, update };
}
