// The lists of what leads: pages, origins, actions, things, people.

import { el } from "../../assets/dom.js";
import { eventLook } from "../../assets/look.js";
import { ask } from "../api.js";
import { bars } from "../charts/bars.js";
import { ofTop } from "../expression.js";
import { things } from "../format.js";
import { nothing, panel } from "../parts/panel.js";
import { segments } from "../parts/tabs.js";
import { sessionsAddress } from "../state.js";

const LINES = 8;
const READ = 100; // the API ranks by interactions, these lists by sessions
const LISTS = [
  { id: "pages", title: "Pages", by: [["page", "Visited"], ["entry_page", "Entry"], ["exit_page", "Exit"]] },
  { id: "origins", title: "Where from", by: [["referrer", "Referrer"], ["campaign", "Campaign"], ["source", "Source"]] },
  { id: "actions", title: "What they do", by: [["event", "Events"], ["element", "Elements"], ["search", "Searches"], ["error", "Errors"]] },
  { id: "things", title: "Products", by: [["product", "Products"], ["image", "Images"]] },
  { id: "people", title: "With what", by: [["device", "Device"], ["browser", "Browser"], ["os", "System"]] },
  { id: "countries", title: "Countries", by: [["country", "Country"]] },
]; // prettier-ignore
const REGION = new Intl.DisplayNames(undefined, { type: "region", fallback: "code" });

/** How a value reads: a country by its name, an image by its file's. */
export function valueName(by, value) {
  if (value === "") return by === "referrer" ? "(direct)" : "(none)";
  if (by === "image") return decodeURIComponent(value.split(/[?#]/)[0].split("/").pop() || value);
  if (by !== "country") return value;
  try {
    return REGION.of(value);
  } catch {
    return value;
  }
}

function icon(by, value) {
  if (by === "event") {
    const { family, icon: drawn } = eventLook(value);
    return el("span", { class: `event-icon ${family}` }, drawn);
  }
  if (by !== "image") return null;
  return el("img", { class: "mini", src: value, alt: "", width: 22, height: 22, loading: "lazy", referrerpolicy: "no-referrer" });
}

/** `{node, update(context)}` */
export function topLists() {
  const boxes = LISTS.map((list) => ({ list, box: panel(list.title, { class: "top-list", lines: LINES }), tools: el("div", { class: "tools" }) }));
  for (const { box, tools } of boxes) box.head.append(tools);

  function one({ list, box, tools }, context) {
    const { state, own } = context;
    const by = list.by.some(([name]) => name === own[list.id]) ? own[list.id] : list.by[0][0];
    if (list.by.length > 1) {
      const chosen = (value) => context.tune({ [list.id]: value === list.by[0][0] ? "" : value }, true);
      tools.replaceChildren(segments(list.title, list.by, by, chosen));
    }
    box.load(
      context,
      (signal) => ask("/v1/top", state, { by, limit: READ }, signal),
      (answer, body) => {
        if (!answer.items.length) return body.append(nothing("None in this window"));
        const most = [...answer.items].sort((a, b) => b.sessions - a.sessions).slice(0, LINES);
        const items = most.map((item) => {
          const expr = ofTop(by, item.value);
          return {
            name: valueName(by, item.value),
            title: `Only ${item.value || "none"}: ${things(item.visitors, "visitor")}, ${things(item.interactions, "interaction")}`,
            value: item.sessions,
            icon: icon(by, item.value),
            href: sessionsAddress(state, expr),
            filter: () => context.change({ filters: [...state.filters, { who: "interaction", expr }] }),
          };
        });
        body.append(bars(list.title, items));
        if (answer.total > items.length) body.append(el("p", { class: "muted more" }, `and ${things(answer.total - items.length, "other")}`));
      },
    );
  }
  return {
    node: el("div", { class: "grid" }, ...boxes.map(({ box }) => box.node)),
    update: (context) => boxes.forEach((box) => one(box, context)),
  };
}
