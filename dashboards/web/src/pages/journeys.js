// Journeys: funnels, the ways before and after a page, and who comes back. One of the three at a time.

import { el } from "../../assets/dom.js";
import { segments } from "../parts/tabs.js";
import { funnelView } from "./funnel.js";
import { pathsView } from "./paths.js";
import { retentionView } from "./retention.js";

const VIEWS = { funnel: ["Funnel", funnelView], paths: ["Paths", pathsView], retention: ["Coming back", retentionView] };
const NAMES = Object.entries(VIEWS).map(([id, [name]]) => [id, name]);

/** The page. */
export function journeysPage() {
  const tabs = el("div", {});
  const place = el("div", {});
  const node = el("div", { class: "page" }, el("div", { class: "page-head" }, el("h1", {}, "Journeys"), tabs), place);
  let shown = { id: "", view: null };
  return {
    node,
    update(context) {
      const id = Object.hasOwn(VIEWS, context.own.view) ? context.own.view : "funnel";
      if (shown.id !== id) {
        shown = { id, view: VIEWS[id][1]() };
        place.replaceChildren(shown.view.node);
      }
      tabs.replaceChildren(segments("View", NAMES, id, (value) => context.tune({ view: value === "funnel" ? "" : value })));
      shown.view.update(context);
    },
  };
}
