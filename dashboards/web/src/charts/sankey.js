// Ways through the pages: columns of pages, ribbons as thick as the sessions that went along.

import { el, svg } from "../../assets/dom.js";
import { count, things } from "../format.js";
import { link } from "../parts/link.js";
import { table } from "./readout.js";
import { seriesColour } from "./palette.js";

const COLUMN = 215;
const LABEL = 160;
const BAR = 12;
const GAP = 14;
const SCALE_HEIGHT = 380;
const LEAST = 3;

const named = (node) => (node.rest ? "other pages" : node.page || "(no path)");

/** Node boxes: x by depth, y stacked, height by sessions. */
function layout(nodes, wide) {
  const depths = [...new Set(nodes.map((node) => node.depth))].sort((a, b) => a - b);
  const columns = depths.map((depth) => nodes.filter((node) => node.depth === depth).sort((a, b) => Boolean(a.rest) - Boolean(b.rest) || b.sessions - a.sessions));
  const most = Math.max(1, ...columns.map((column) => column.reduce((sum, node) => sum + node.sessions, 0)));
  const boxes = new Map();
  const step = Math.max(COLUMN, Math.floor(wide / depths.length));
  let height = 0;
  columns.forEach((column, index) => {
    let y = 4;
    for (const node of column) {
      const tall = Math.max(LEAST, (node.sessions / most) * SCALE_HEIGHT);
      boxes.set(node.id, { ...node, x: index * step, y, tall, out: 0, in: 0 });
      y += Math.max(tall, 20) + GAP;
    }
    height = Math.max(height, y);
  });
  return { boxes, width: depths.length * step, height, scale: SCALE_HEIGHT / most };
}

/** The chart of `{nodes, links}`; `open(page)` is called with the page of a node, `sessions(...pages)` gives the address
 *  of the sessions that saw them. `backwards` turns it around; `wide` is the room there is, in pixels. */
export function sankey({ nodes, links }, { open, sessions: behind, backwards, wide }) {
  const { boxes, width, height, scale } = layout(nodes, wide - (backwards ? LABEL : 0));
  const across = (x) => (backwards ? width - x - BAR - 8 : x);
  const ribbons = [...links]
    .sort((a, b) => (boxes.get(a.target)?.y ?? 0) - (boxes.get(b.target)?.y ?? 0))
    .map(({ source, target, sessions }) => {
      const [from, to] = [boxes.get(source), boxes.get(target)];
      if (!from || !to) return null;
      const thick = Math.max(1, sessions * scale);
      const y1 = from.y + Math.min(from.out, Math.max(0, from.tall - thick)) + thick / 2;
      const y2 = to.y + Math.min(to.in, Math.max(0, to.tall - thick)) + thick / 2;
      from.out += thick;
      to.in += thick;
      const [x1, x2] = backwards ? [across(from.x), across(to.x) + BAR] : [from.x + BAR, to.x];
      const middle = (x1 + x2) / 2;
      const path = svg("path", { class: "ribbon", d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`, "stroke-width": thick.toFixed(1) });
      path.append(svg("title", {}, `${named(from)} ${backwards ? "←" : "→"} ${named(to)}: ${things(sessions, "session")}`));
      return path;
    })
    .filter(Boolean);
  const drawn = [...boxes.values()].map((box) => {
    const bar = svg("rect", { x: across(box.x), y: box.y, width: BAR, height: box.tall, rx: 3 });
    bar.style.fill = seriesColour(box.depth, box.rest ? "other" : "");
    const page = named(box);
    const name = page.length > 24 ? `…${page.slice(-23)}` : page;
    const told = `${page}: ${things(box.sessions, "session")}`;
    const text = svg("text", { x: backwards ? across(box.x) - 7 : box.x + BAR + 7, y: box.y + Math.max(12, Math.min(box.tall / 2 + 4, 40)), "text-anchor": backwards ? "end" : "start" }, name, svg("tspan", { class: "quietly" }, `  ${count(box.sessions)}`));
    const node = svg("g", { class: "stop", tabindex: "0", role: "link" }, bar, text, svg("title", {}, told));
    if (box.rest) {
      node.removeAttribute("role");
      node.removeAttribute("tabindex");
      return node;
    }
    node.addEventListener("click", () => open(box.page));
    node.addEventListener("keydown", (event) => event.key === "Enter" && open(box.page));
    return node;
  });
  const room = backwards ? LABEL : 0;
  const picture = svg("svg", { class: "sankey", viewBox: `${-room} 0 ${width + room} ${height}`, width: width + room, height, role: "group", "aria-label": "Ways through the pages" }, ...ribbons, ...drawn);
  const rows = links.map(({ source, target, sessions }) => {
    const [from, to] = [boxes.get(source), boxes.get(target)];
    const number = from.rest || to.rest ? count(sessions) : link(behind(from.page, to.page), { class: "plain", title: "Sessions that saw both" }, count(sessions));
    return [`${named(from)} ${backwards ? "←" : "→"} ${named(to)}`, number];
  });
  return el("div", {}, el("div", { class: "sankey-scroll", tabindex: "0", role: "region", "aria-label": "The ways, drawn" }, picture), table(["Way", "Sessions"], rows));
}
