// How much a number changed since the period before, told by sign, arrow and colour.

import { el } from "../../assets/dom.js";
import { change } from "../format.js";

const ARROW = { up: "↑", down: "↓", same: "→" };

/** `better` is "up", "down" or "" where neither is. */
export function delta(before, after, better = "up", was = "") {
  if (before === undefined || before === null) return null;
  const found = change(before, after);
  if (!found) return el("span", { class: "delta", title: was }, before === 0 ? "new" : "–");
  const mood = found.way === "same" || !better ? "" : found.way === better ? "good" : "bad";
  const spoken = { up: "up", down: "down", same: "unchanged" }[found.way];
  return el(
    "span",
    { class: `delta ${mood}`, title: was },
    el("span", { "aria-hidden": "true" }, `${ARROW[found.way]} `),
    el("span", { class: "hidden" }, `${spoken} `),
    found.text,
  );
}
