// Heatmap: where people click on a page, and how far down they come.

import { el } from "../../assets/dom.js";
import { ask } from "../api.js";
import { bars } from "../charts/bars.js";
import { heat } from "../charts/heat.js";
import { table } from "../charts/readout.js";
import { all, element, is } from "../expression.js";
import { count, percent, things } from "../format.js";
import { link } from "../parts/link.js";
import { nothing, panel } from "../parts/panel.js";
import { choice, segments } from "../parts/tabs.js";
import { sessionsAddress } from "../state.js";

const KINDS = [["click", "Clicks"], ["scroll", "Scroll depth"]]; // prettier-ignore
const DEVICES = [["", "All devices"], ["desktop", "Desktop"], ["mobile", "Phone"], ["tablet", "Tablet"]]; // prettier-ignore
const WIDTHS = { mobile: 390, tablet: 640 };

/** The clicks on a page, with a device where one is chosen: the parts of a filter. */
const clicksOn = (path, device) => [is("event_name", "click"), is("path", path), device && is("device", device)];

/** What the page looked like, as far as it is known: pictures of its stretches, on paper. */
function paper(pictures, width, height) {
  const node = el("div", { class: pictures.length ? "paper" : "paper blank" });
  for (const { image_url: address, top } of [...pictures].reverse()) {
    const shot = el("img", { class: "paper-shot", src: address, alt: "A part of the page as a visitor saw it" });
    shot.style.top = `${Math.round(top * width)}px`;
    node.append(shot);
  }
  node.style.width = `${width}px`;
  node.style.height = `${height}px`;
  return node;
}

function clickMap(answer, context, path, device) {
  const holder = el("div", { class: "heat-holder", tabindex: "0", role: "region", "aria-label": "The page with its clicks" });
  const tip = el("div", { class: "tip", hidden: true });
  const counts = new Map(answer.cells.map(([column, row, number]) => [`${column} ${row}`, number]));
  const draw = () => {
    const width = Math.floor(Math.min(holder.clientWidth, WIDTHS[device] || 1100));
    if (!width) return;
    const { canvas, cell, height } = heat(answer, width);
    const page = paper(answer.pictures, width, height);
    page.append(canvas, tip);
    page.addEventListener("pointermove", (event) => {
      const box = page.getBoundingClientRect();
      const [column, row] = [Math.floor((event.clientX - box.left) / cell), Math.floor((event.clientY - box.top) / cell)];
      let number = 0;
      for (const dx of [-1, 0, 1]) for (const dy of [-1, 0, 1]) number += counts.get(`${column + dx} ${row + dy}`) || 0;
      tip.hidden = !number;
      tip.textContent = `${things(number, "click")} around here (${percent(number / answer.clicks)})`;
      tip.style.left = `${Math.min(width - 190, event.clientX - box.left + 14)}px`;
      tip.style.top = `${event.clientY - box.top + 14}px`;
    });
    page.addEventListener("pointerleave", () => (tip.hidden = true));
    holder.replaceChildren(page);
  };
  let last = 0;
  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - last) < 2) return;
    last = entry.contentRect.width;
    draw();
  }).observe(holder);
  const drawn = answer.cells.reduce((sum, [, , number]) => sum + number, 0);
  const summary = el(
    "p",
    { class: "heat-note muted" },
    link(sessionsAddress(context.state, all(...clicksOn(path, device))), {}, things(answer.clicks, "click")),
    answer.viewport_width_median ? ` in windows ${count(answer.viewport_width_median)} px wide at the median` : "",
    drawn < answer.clicks ? ` · ${count(answer.clicks - drawn)} of them, where fewest are, are not drawn` : "",
    answer.pictures.length ? "" : " · no picture of this page is stored: one that a visitor sends with feedback is drawn below the spots",
  );
  return el("div", {}, summary, holder);
}

function scrollMap(answer) {
  const rows = answer.depths.map(({ depth, reached }) => {
    const bar = el("i", { class: "depth-fill" });
    bar.style.width = `${reached * 100}%`;
    return el("li", { class: "depth" }, el("span", { class: "depth-name" }, `${depth} %`), el("span", { class: "depth-bar" }, bar), el("b", {}, percent(reached)));
  });
  return el(
    "div",
    {},
    el("p", { class: "heat-note muted" }, "The share of sessions that came at least this far down"),
    el("ol", { class: "depths" }, ...rows),
    table(["Depth", "Reached"], answer.depths.map(({ depth, reached }) => [`${depth} %`, percent(reached)])),
  );
}

/** The page. */
export function heatmapPage() {
  const map = panel("Clicks", { class: "map-panel", lines: 10 });
  const side = panel("Clicked most here", { lines: 8 });
  const tools = el("div", { class: "tools" });
  map.head.append(tools);
  const pages = el("div", { class: "page-choice" });
  const node = el("div", { class: "page" }, el("div", { class: "page-head" }, el("h1", {}, "Heatmap"), pages), el("div", { class: "with-side" }, map.node, side.node));

  async function choosePath(context) {
    const { items } = await ask("/v1/top", context.state, { by: "page", limit: 100 }, context.signal);
    const path = context.own.path || items[0]?.value || "";
    const known = items.map((item) => [item.value, `${item.value}  (${things(item.sessions, "session")})`]);
    if (path && !items.some((item) => item.value === path)) known.unshift([path, path]);
    pages.replaceChildren(known.length ? choice("Page", known, path, (value) => context.tune({ path: value })) : "");
    return path;
  }

  function update(context) {
    const { state, own } = context;
    const kind = own.kind === "scroll" ? "scroll" : "click";
    const device = own.device || "";
    tools.replaceChildren(
      segments("Kind", KINDS, kind, (value) => context.tune({ kind: value === "click" ? "" : value }, true)),
      choice("Device", DEVICES, device, (value) => context.tune({ device: value }, true)),
    );
    const path = choosePath(context);
    path.catch(() => {}); // the panels tell it
    map.load(
      context,
      async (signal) => {
        const where = await path;
        return where ? { where, answer: await ask("/v1/heatmap", state, { path: where, kind, device }, signal) } : null;
      },
      (found, body) => {
        map.heading.textContent = kind === "click" ? "Clicks" : "Scroll depth";
        if (!found) return body.append(nothing("No page was seen in this window", "Choose a longer window or fewer filters."));
        const { where, answer } = found;
        const empty = kind === "click" ? !answer.clicks : !answer.depths.some((one) => one.reached);
        if (empty) return body.append(nothing(kind === "click" ? "No clicks on this page" : "Nobody scrolled on this page", "Choose another page, device or window."));
        body.append(kind === "click" ? clickMap(answer, context, where, device) : scrollMap(answer));
      },
    );
    side.load(
      context,
      async (signal) => {
        const where = await path;
        const filters = [...state.filters, { who: "interaction", expr: all(...clicksOn(where, device)) }];
        return { where, answer: where ? await ask("/v1/top", { ...state, filters }, { by: "element", limit: 15 }, signal) : { items: [] } };
      },
      ({ where, answer }, body) => {
        if (!answer.items.length) return body.append(nothing("Nothing was clicked", "Choose another page, device or window."));
        const items = answer.items.map((item) => {
          const expr = all(...clicksOn(where, device), element(item.value));
          return { name: item.value || "(no label)", value: item.interactions, href: sessionsAddress(state, expr), filter: () => context.go(sessionsAddress(state, expr)) };
        });
        body.append(bars("Clicked most on this page", items, { unit: "clicks" }));
      },
    );
  }
  return { node, update };
}
