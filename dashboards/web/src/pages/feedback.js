// Feedback and conversations: what people wrote, what they had done before, found by words or by meaning.

import { el } from "../../assets/dom.js";
import { eventLook } from "../../assets/look.js";
import { stars } from "../../assets/row.js";
import { ask } from "../api.js";
import { moment } from "../format.js";
import { link } from "../parts/link.js";
import { more } from "../parts/more.js";
import { nothing, panel } from "../parts/panel.js";
import { person } from "../parts/person.js";
import { picture } from "../parts/picture.js";
import { segments } from "../parts/tabs.js";
import { address } from "../state.js";

const PAGE = 30;
const TYPING_MS = 350;
const MODES = [["words", "by words"], ["meaning", "by meaning"]]; // prettier-ignore

function beforeIt(steps) {
  if (!steps?.length) return null;
  return el(
    "ol",
    { class: "before", "aria-label": "What they did before" },
    ...[...steps].reverse().map((one) => {
      const { family, icon } = eventLook(one.event_name);
      return el("li", { class: family, title: one.user_action_description }, el("span", { class: "event-icon" }, icon), el("span", {}, one.user_action_description || one.event_name));
    }),
  );
}

function item(row, context) {
  const { state } = context;
  const said = row.content || row.expert_content;
  const { family, icon } = eventLook(row.event_name);
  return el(
    "li",
    { class: `words ${family}`, "data-id": row.interaction_id },
    el(
      "p",
      { class: "words-head" },
      el("span", { class: "event-icon" }, icon),
      person(row),
      row.role && row.role.toLowerCase() !== "user" && el("span", { class: "mark" }, row.role),
      stars(row.rating),
      el("span", { class: "spring" }),
      el("time", { class: "muted", datetime: row.created_at }, moment(new Date(row.created_at), state.zone)),
    ),
    el("blockquote", {}, said),
    row.expert_content && row.content && el("blockquote", { class: "expert" }, el("b", {}, "Better: "), row.expert_content),
    row.interacted_image_url && picture(row.interacted_image_url, "image", { page: row.url, class: "words-picture", width: 480 }),
    beforeIt(row.before),
    el(
      "p",
      { class: "muted words-foot" },
      row.path && el("span", { class: "path" }, row.path),
      row.session_id && link(address(`/sessions/${encodeURIComponent(row.session_id)}`, state, {}, { at: row.site }), { class: "small-link" }, "See the session"),
    ),
  );
}

/** The page. */
export function feedbackPage() {
  const box = panel("What people wrote", { class: "bare", lines: 8 });
  const input = el("input", { type: "search", class: "field", "aria-label": "Search", placeholder: "Search what people wrote", autocomplete: "off" });
  const modes = el("div", {});
  const form = el("form", { class: "find-line", role: "search" }, input, modes);
  const node = el("div", { class: "page narrow" }, el("div", { class: "page-head" }, el("h1", {}, "Feedback and conversations")), form, box.node);
  let typing = 0;
  let tell = () => {};
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(typing);
    tell();
  });
  input.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => tell(), TYPING_MS);
  });

  function update(context) {
    const { state, own } = context;
    const q = own.q || "";
    const meaning = own.by === "meaning" && q;
    tell = () => input.value.trim() !== q && context.tune({ q: input.value.trim() }, true);
    if (document.activeElement !== input) input.value = q;
    modes.replaceChildren(segments("Search", MODES, own.by === "meaning" ? "meaning" : "words", (value) => context.tune({ by: value === "words" ? "" : value }, true)));
    const read = (cursor, signal) => ask("/v1/feedback", state, { q, mode: meaning ? "meaning" : "", limit: PAGE, cursor }, signal);
    box.load(
      context,
      (signal) => read("", signal),
      (first, body) => {
        box.heading.textContent = q ? (meaning ? "Closest first" : "Newest first, with these words") : "Newest first";
        if (!first.items.length) return body.append(q ? nothing("Nothing found", meaning ? "" : "Search by meaning, or use other words.") : nothing("Nobody wrote anything in this window", "Mark your feedback form with data-ix-feedback, or choose a longer window."));
        if (first.degraded) body.append(el("p", { class: "muted" }, "Some texts are not embedded yet; these are found by their words only."));
        const list = el("ol", { class: "words-list" });
        const show = (page) => list.append(...page.items.map((row) => item(row, context)));
        show(first);
        body.append(list, more(context, first.next_cursor, read, show) ?? "");
      },
    );
  }
  return { node, update, end: () => clearTimeout(typing) };
}
