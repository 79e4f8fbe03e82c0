// How many people are here now: read every few seconds while somebody looks.

import { el } from "../../assets/dom.js";
import { sparkline } from "../../assets/stats.js";
import { get } from "../api.js";
import { things } from "../format.js";
import { question } from "../state.js";

const EVERY_MS = 15_000;

/** What of the state holds for the present. */
function here(state) {
  const { site, filter, segment, bots } = question(state);
  return { site, filter, segment, bots };
}

/** `{node, update(context), end()}` */
export function nowLine() {
  const text = el("span", {}, "");
  const line = el("span", { class: "now-spark", "aria-hidden": "true" });
  const node = el("a", { class: "now", href: "/live", title: "Watch live", hidden: true }, el("i", { class: "pulse", "aria-hidden": "true" }), text, line);
  let timer = 0;

  async function read(context) {
    clearTimeout(timer);
    if (document.visibilityState === "visible") {
      try {
        const answer = await get("/v1/now", here(context.state), context.signal, false);
        text.textContent = `${things(answer.visitors, "person", "people")} here now`;
        line.replaceChildren(sparkline(answer.per_minute.map((one) => one.interactions)));
        node.hidden = false;
      } catch (error) {
        if (context.signal.aborted) return;
        if (error.status === undefined) throw error;
        node.hidden = true;
      }
    }
    if (!context.signal.aborted) timer = setTimeout(read, EVERY_MS, context);
  }
  return {
    node,
    update(context) {
      node.href = context.state.site ? `/live?site=${encodeURIComponent(context.state.site)}` : "/live";
      read(context);
    },
    end: () => clearTimeout(timer),
  };
}
