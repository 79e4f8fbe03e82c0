// Sessions: those that pass the filters, newest first. Every number of the other pages leads here.

import { el } from "../../assets/dom.js";
import { ask } from "../api.js";
import { count, duration, moment, things } from "../format.js";
import { link } from "../parts/link.js";
import { more } from "../parts/more.js";
import { nothing, panel } from "../parts/panel.js";
import { person } from "../parts/person.js";
import { address } from "../state.js";

const PAGE = 50;

function marks(session) {
  const mark = (kind, text) => el("span", { class: `mark ${kind}` }, text);
  return [
    session.conversions > 0 && mark("buy", things(session.conversions, "conversion")),
    session.has_feedback && mark("say", "feedback"),
    session.rage_clicks > 0 && mark("bad", things(session.rage_clicks, "rage click")),
    session.errors > 0 && mark("bad", things(session.errors, "error")),
  ].filter(Boolean);
}

function way(session) {
  const same = session.entry_page === session.exit_page || !session.exit_page;
  return el("span", { class: "way path" }, session.entry_page || "–", !same && el("span", { class: "muted" }, " … "), !same && session.exit_page);
}

function line(session, state) {
  const where = [session.device, session.browser, session.country, session.source].filter(Boolean).join(" · ");
  return el(
    "li",
    { "data-session": session.session_id },
    link(
      address(`/sessions/${encodeURIComponent(session.session_id)}`, state, {}, { at: session.site }),
      { class: "session-line" },
      el("span", { class: "session-when" }, el("time", { datetime: session.started_at }, moment(new Date(session.started_at), state.zone)), el("span", { class: "muted" }, duration(session.duration_s))),
      el("span", { class: "session-who" }, person(session), el("span", { class: "muted" }, where)),
      el("span", { class: "session-way" }, way(session), el("span", { class: "marks" }, ...marks(session))),
      el("span", { class: "session-count" }, el("b", {}, count(session.interactions)), el("span", { class: "muted" }, `on ${things(session.pages, "page")}`)),
    ),
  );
}

/** The page. */
export function sessionsPage() {
  const box = panel("Sessions", { class: "flush", lines: 10 });
  const node = el("div", { class: "page" }, el("div", { class: "page-head" }, el("h1", {}, "Sessions")), box.node);

  function update(context) {
    const { state } = context;
    const read = (cursor, signal) => ask("/v1/sessions", state, { limit: PAGE, cursor }, signal);
    box.load(
      context,
      async (signal) => {
        const [first, answer] = await Promise.all([read("", signal), ask("/v1/summary", state, {}, signal)]);
        return { first, answer };
      },
      ({ first, answer: { current } }, body) => {
        box.heading.textContent = `${things(current.sessions, "session")} of ${things(current.visitors, "visitor")}, newest first`;
        if (!first.sessions.length) return body.append(nothing("No session passes", state.filters.length ? "Take a filter away, or choose a longer window." : "Choose a longer window."));
        const list = el("ol", { class: "sessions", "aria-label": "Sessions, newest first" });
        const show = (page) => list.append(...page.sessions.map((session) => line(session, state)));
        show(first);
        body.append(list, more(context, first.next_cursor, read, show) ?? "");
      },
    );
  }
  return { node, update };
}
