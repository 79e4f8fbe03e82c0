// The row under the navigation: site, window, filters. It changes the address, nothing else.

import { el } from "../../assets/dom.js";
import { get } from "../api.js";
import { choice } from "../parts/tabs.js";
import { filterBar } from "./filters.js";
import { windowMenu } from "./window.js";

/** `{node, update(context), onrefresh(f)}` */
export function controls() {
  const siteSlot = el("div", { class: "control" });
  const windowSlot = el("div", { class: "control" });
  const filters = filterBar();
  const again = el("button", { type: "button", class: "quiet icon-button", title: "Read again", "aria-label": "Read again" }, "↻");
  const node = el("div", { class: "controls-row" }, siteSlot, windowSlot, again, filters.node);
  let sites = null;

  function showSites(context) {
    const { site } = context.state;
    const names = [...new Set([...(sites || []).map((one) => one.name), ...(site ? [site] : [])])];
    siteSlot.hidden = names.length === 1 && !site;
    const choices = [["", "All sites"], ...names.map((name) => [name, name])];
    siteSlot.replaceChildren(choice("Site", choices, site, (value) => context.change({ site: value })));
  }

  async function readSites(context) {
    try {
      const answer = await get("/v1/sites");
      sites = answer.sites;
      showSites(context);
      windowSlot.replaceChildren(windowMenu(context, sites));
    } catch (error) {
      if (error.status === 401) context.signedOut();
      else if (error.status === undefined) throw error;
    }
  }

  return {
    node,
    update(context) {
      showSites(context);
      if (!sites) readSites(context);
      windowSlot.replaceChildren(windowMenu(context, sites || []));
      filters.update(context);
    },
    onrefresh(handler) {
      again.addEventListener("click", handler);
    },
  };
}
