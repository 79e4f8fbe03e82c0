// A panel: a heading, and below it what a question answered, or that it loads, is empty, or failed.

import { el } from "../../assets/dom.js";

/** What went wrong, in words that say what to do. */
export function problem(error, again) {
  const texts = {
    0: "The collector does not answer. See whether it runs.",
    403: `${error.message}. Choose another site, or sign in with another key.`,
    404: "This collector does not know that.",
    422: `The filters can't be used: ${error.message}.`,
    503: `The database does not answer: ${error.message}.`,
  };
  return el(
    "div",
    { class: "problem-box", role: "alert" },
    el("p", {}, texts[error.status] || (error.status === undefined ? `This can't be shown: ${error.message}.` : `${error.message || "Something went wrong"}.`)),
    el("button", { type: "button", class: "quiet small", onclick: again }, "Try again"),
  );
}

/** "There is nothing", and what would bring something. */
export function nothing(title, hint) {
  return el("div", { class: "nothing" }, el("p", { class: "nothing-title" }, title), hint && el("p", { class: "muted" }, hint));
}

/** That an answer is told from a sample, where it is. */
export function estimated(answer) {
  return answer?.sampled ? [el("p", { class: "panel-note muted" }, `Estimated from one session or visitor in ${answer.sampled}`)] : [];
}

/** Lines that stand in for what loads. */
export function waiting(lines = 4) {
  return el("div", { class: "waiting-lines", "aria-hidden": "true" }, ...Array.from({ length: lines }, () => el("i", { class: "skeleton-line" })));
}

/**
 * `{node, body, head, load}`. `load(context, read, show)` asks and shows: `read(signal)` gives the answer,
 * `show(answer, body)` fills the body. Where `read` gives more than an answer, `answer` in it is the one whose sample is told. What was shown stays, dimmed, until the next answer is there.
 */
export function panel(title, { level = 2, class: name = "", note = "", lines = 5, tools = [] } = {}) {
  const heading = el(`h${level}`, { class: "panel-title" }, title);
  const head = el("div", { class: "panel-head" }, heading, note && el("p", { class: "panel-note muted" }, note), ...tools);
  const body = el("div", { class: "panel-body" }, waiting(lines));
  const node = el("section", { class: `panel ${name}`, "aria-label": title, "aria-busy": "true" }, head, body);
  let run = 0;

  async function load(context, read, show) {
    const mine = (run += 1);
    node.setAttribute("aria-busy", "true");
    const current = () => mine === run && !context.signal.aborted;
    try {
      const answer = await read(context.signal);
      if (!current()) return;
      body.replaceChildren();
      show(answer, body);
      body.append(...estimated(answer?.answer ?? answer));
    } catch (error) {
      if (!current()) return;
      if (error.status === 401) return context.signedOut();
      if (error.status === undefined) reportError(error); // a fault of these pages: told here, and in the browser's console
      body.replaceChildren(problem(error, () => load(context, read, show)));
    }
    node.setAttribute("aria-busy", "false");
  }
  return { node, head, body, heading, load };
}
