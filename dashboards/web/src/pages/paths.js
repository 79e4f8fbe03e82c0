// Paths: what people do before or after a page.

import { el } from "../../assets/dom.js";
import { ask } from "../api.js";
import { sankey } from "../charts/sankey.js";
import { is } from "../expression.js";
import { things } from "../format.js";
import { nothing, panel } from "../parts/panel.js";
import { choice, segments } from "../parts/tabs.js";
import { address } from "../state.js";

const WAYS = [["after", "After it"], ["before", "Before it"]]; // prettier-ignore
const DEPTHS = [["2", "2 steps"], ["3", "3 steps"], ["4", "4 steps"], ["5", "5 steps"]]; // prettier-ignore

/** The sessions that saw these pages. */
function between(state, pages) {
  const seen = pages.map((page) => ({ who: "session", not: false, expr: is("path", page) }));
  return address("/sessions", state, { filters: [...state.filters, ...seen] });
}

/** `{node, update(context)}` */
export function pathsView() {
  const box = panel("Paths", { lines: 10 });
  const tools = el("div", { class: "tools" });
  box.head.append(tools);

  function update(context) {
    const { state, own } = context;
    const direction = own.direction === "before" ? "before" : "after";
    const depth = DEPTHS.some(([value]) => value === own.depth) ? own.depth : "4";
    box.load(
      context,
      async (signal) => {
        const { items } = await ask("/v1/top", state, { by: "page", limit: 100 }, signal);
        const path = own.path || items[0]?.value;
        return { items, path, answer: path ? await ask("/v1/paths", state, { path, direction, depth, limit: 8 }, signal) : null };
      },
      ({ items, path, answer }, body) => {
        const known = items.map((item) => [item.value, `${item.value}  (${things(item.sessions, "session")})`]);
        if (path && !items.some((item) => item.value === path)) known.unshift([path, path]);
        tools.replaceChildren(
          known.length ? choice("Page", known, path, (value) => context.tune({ path: value })) : "",
          segments("Direction", WAYS, direction, (value) => context.tune({ direction: value === "after" ? "" : value }, true)),
          choice("Steps", DEPTHS, depth, (value) => context.tune({ depth: value === "4" ? "" : value }, true)),
        );
        if (!answer?.nodes.length) return body.append(nothing("Nobody was on this page in this window", "Choose another page or a longer window."));
        body.append(sankey(answer, { backwards: direction === "before", wide: body.clientWidth, open: (page) => page.startsWith("/") && context.tune({ path: page }), sessions: (...pages) => between(state, pages) }));
      },
    );
  }
  return { node: box.node, update };
}
