// The head of the live page: whether it is live, what went wrong meanwhile, and the figures.

import { byId, el } from "./dom.js";
import { sparkline } from "./stats.js";

const NAMES = {
  live: "Live",
  paused: "Paused",
  reconnecting: "Reconnecting",
  loading: "Connecting",
  signin: "Not signed in",
  error: "No connection",
};

/** One of NAMES, as a dot with a word, and in the title. */
export function showConnection(now) {
  const place = byId("connection");
  if (place.dataset.state !== now) place.dataset.state = now;
  if (place.textContent !== NAMES[now]) place.textContent = NAMES[now];
  document.title = `${NAMES[now]} · Interaction collector`;
}

/** A line above the list with a button to try at once; none where there is no text. */
export function showNotice(text, again) {
  const notice = byId("notice");
  notice.hidden = !text;
  if (!text) return void notice.replaceChildren();
  if (notice.firstChild?.textContent === text) return;
  notice.replaceChildren(el("span", {}, text), el("button", { type: "button", class: "quiet", onclick: again }, "Try now"));
}

/** How much happens, and how many people are there. */
export function showFigures({ minute, slots, people, least }) {
  byId("rate").textContent = minute.toLocaleString();
  byId("people").textContent = `${least ? "≥ " : ""}${people.length.toLocaleString()}`;
  byId("people-dial").title = "Distinct visitors of the last 5 minutes";
  byId("rate-dial").title = "Interactions of the last minute; the line shows 15 minutes";
  byId("spark").replaceChildren(sparkline(slots));
  byId("faces").replaceChildren(
    ...people.slice(-8).map(({ hue }) => {
      const dot = el("i");
      dot.style.setProperty("--hue", hue);
      return dot;
    }),
  );
}
