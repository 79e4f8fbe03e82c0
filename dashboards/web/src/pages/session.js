// One session as a timeline of everything: pages as chapters, actions, words, pictures, and how long between them.

import { el } from "../../assets/dom.js";
import { eventLook } from "../../assets/look.js";
import { allFields, stars } from "../../assets/row.js";
import { get } from "../api.js";
import { clock, count, duration, moment, things } from "../format.js";
import { is } from "../expression.js";
import { link } from "../parts/link.js";
import { more } from "../parts/more.js";
import { nothing, panel } from "../parts/panel.js";
import { person } from "../parts/person.js";
import { picture } from "../parts/picture.js";
import { address, sessionsAddress } from "../state.js";

const PAUSE_S = 20;

function step(row, started, context) {
  const { family, icon } = eventLook(row.event_name);
  const at = Date.parse(row.created_at);
  const body = el("div", { class: "fields" });
  const narrow = (wanted) => context.go(sessionsAddress(context.state, wanted.event ? is("event_name", wanted.event) : is("visitor_id", wanted.text)));
  const said = row.content || row.expert_content;
  const details = el(
    "details",
    { class: `step ${family}` },
    el(
      "summary",
      {},
      el("span", { class: "step-icon" }, icon),
      el(
        "span",
        { class: "step-main" },
        el("span", { class: "description" }, row.user_action_description || row.event_name, " ", stars(row.rating)),
        said && el("q", { class: "said" }, said),
      ),
      row.interacted_image_url ? picture(row.interacted_image_url, row.target_label || row.product_id || "image", { page: row.url, class: "thumb", width: 104 }) : "",
      el("time", { datetime: row.created_at, title: moment(at, context.state.zone) }, el("span", {}, clock(at, context.state.zone)), el("span", { class: "muted" }, `+${duration((at - started) / 1000)}`)),
    ),
    body,
  );
  details.addEventListener("toggle", () => details.open && !body.firstChild && body.append(...allFields(row, narrow)));
  return el("li", { "data-id": row.interaction_id }, details);
}

/** Appends rows to the timeline, with a chapter for each page and a mark for each pause. */
function teller(list, started, context) {
  let path = null;
  let before = started;
  return (rows) => {
    for (const row of rows) {
      const at = Date.parse(row.created_at);
      if (at - before > PAUSE_S * 1000) list.append(el("li", { class: "pause-mark" }, `${duration((at - before) / 1000)} later`));
      before = at;
      if (row.path && row.path !== path) {
        path = row.path;
        list.append(el("li", { class: "chapter" }, el("h3", {}, row.title || row.path), el("span", { class: "path muted" }, row.path)));
      }
      list.append(step(row, started, context));
    }
  };
}

function facts(session, zone) {
  const list = [
    ["Began", moment(new Date(session.started_at), zone)],
    ["Lasted", duration(session.duration_s)],
    ["Interactions", `${count(session.interactions)} on ${things(session.pages, "page")}`],
    ["Device", [session.device, session.browser].filter(Boolean).join(" · ")],
    ["Country", session.country],
    ["Source", session.source],
    ["Site", session.site],
    ["Entered on", session.entry_page],
    ["Left on", session.exit_page],
  ];
  return el("dl", { class: "facts" }, ...list.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** The page of `/sessions/{id}`. */
export function sessionPage() {
  const about = panel("About this session", { lines: 3 });
  const told = panel("What happened", { lines: 10 });
  const title = el("h1", {}, "Session");
  const back = el("p", { class: "lead" });
  const node = el("div", { class: "page" }, el("div", { class: "page-head" }, title, back), about.node, told.node);

  function update(context) {
    const { state, path } = context;
    const url = `/v1/sessions/${path.slice("/sessions/".length)}`;
    back.replaceChildren(link(address("/sessions", state), {}, "← All sessions"));
    const read = (cursor, signal) => get(url, { site: context.own.at || state.site, cursor }, signal);
    const once = read("", context.signal);
    once.catch(() => {}); // both panels tell it
    about.load(context, () => once, ({ session }, body) => {
      title.replaceChildren("Session of ", person(session));
      const who = session.user_id ? is("user_id", session.user_id) : session.visitor_id ? is("visitor_id", session.visitor_id) : null;
      body.append(facts(session, state.zone), who ? link(sessionsAddress({ ...state, filters: [] }, who), { class: "small-link" }, "All sessions of this visitor") : "");
    }); // prettier-ignore
    told.load(context, () => once, (first, body) => {
      if (!first.interactions.length) return body.append(nothing("Nothing is left of this session"));
      const list = el("ol", { class: "steps-line" });
      const tell = teller(list, Date.parse(first.session.started_at), context);
      tell(first.interactions);
      body.append(list, more(context, first.next_cursor, read, (page) => tell(page.interactions)) ?? "");
    }); // prettier-ignore
  }
  return { node, update };
}
