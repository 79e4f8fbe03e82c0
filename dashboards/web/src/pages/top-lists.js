// The lists of what leads: pages, origins, actions, things, people.

import { el } from "../../assets/dom.js";
import { EVENT_NAMES, eventLook } from "../../assets/look.js";
import { ask } from "../api.js";
import { bars } from "../charts/bars.js";
import { countedInTop, ofTop } from "../expression.js";
import { count, things } from "../format.js";
import { nothing, panel } from "../parts/panel.js";
import { fileName, picture } from "../parts/picture.js";
import { choice, segments } from "../parts/tabs.js";
import { sessionsAddress } from "../state.js";

const LINES = 8;
const READ = 100; // the API ranks by interactions, these lists by sessions
const LISTS = [
  { id: "pages", title: "Pages", by: [["page", "Visited"], ["entry_page", "Entry"], ["exit_page", "Exit"]] },
  { id: "origins", title: "Where from", by: [["referrer", "Referrer"], ["campaign", "Campaign"], ["source", "Source"]] },
  { id: "actions", title: "Actions", by: [["event", "Events"], ["custom", "Custom events"], ["element", "Elements"], ["search", "Searches"], ["error", "Errors"]] },
  { id: "things", title: "Products", by: [["product", "Products"], ["image", "Images"]] },
  { id: "people", title: "With what", by: [["device", "Device"], ["browser", "Browser"], ["os", "System"]] },
  { id: "countries", title: "Countries", by: [["country", "Country"]] },
]; // prettier-ignore
const REGION = new Intl.DisplayNames(undefined, { type: "region", fallback: "code" });

const HINTS = {
  country: "Countries come from a GeoIP file (COLLECTOR_GEOIP_DB) or from your proxy (COLLECTOR_COUNTRY_HEADER).",
  custom: "Your pages report their own events by ix('track', 'name', {…}) or data-ix-event.",
  campaign: "Campaigns are read from utm_campaign in the addresses people come by.",
  error: "No script of your pages failed.",
};

/** Where the sessions behind a number can't be told apart: what it opens instead. */
const NEARLY = { entry_page: "sessions that saw this page", exit_page: "sessions that saw this page" };

/** The state, narrowed to events that are the site's own. */
function ownEvents(state) {
  return { ...state, filters: [...state.filters, { who: "interaction", expr: { not: { field: "event_name", is: EVENT_NAMES } } }] };
}

/** How a value reads: a country by its name, an image by its file's. */
export function valueName(by, value) {
  if (value === "") return by === "referrer" ? "(direct)" : "(none)";
  if (by === "image") return fileName(value);
  if (by !== "country") return value;
  try {
    return REGION.of(value);
  } catch {
    return value;
  }
}

function icon(by, value) {
  if (by === "event" || by === "custom") {
    const { family, icon: drawn } = eventLook(value);
    return el("span", { class: `event-icon ${family}` }, drawn);
  }
  return by === "image" ? picture(value, valueName(by, value), { class: "mini", width: 64 }) : null;
}

/** A button that shows the rest, as far as it was read, in place of what is `shown`. */
function unfold(title, items, total, shown) {
  const button = el("button", { type: "button", class: "quiet small more" }, `All ${count(total)}`);
  button.addEventListener("click", () => {
    const left = total - items.length;
    shown.replaceChildren(
      el("div", { class: "scroll-list", tabindex: "0", role: "region", "aria-label": title }, bars(title, items)),
      left > 0 ? el("p", { class: "muted" }, `and ${things(left, "other")}`) : "",
    );
    shown.querySelector(".scroll-list").focus();
  });
  return button;
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
      tools.replaceChildren(list.by.length > 3 ? choice(list.title, list.by, by, chosen) : segments(list.title, list.by, by, chosen));
    }
    box.load(
      context,
      (signal) => (by === "custom" ? ask("/v1/top", ownEvents(state), { by: "event", limit: READ }, signal) : ask("/v1/top", state, { by, limit: READ }, signal)),
      (answer, body) => {
        if (!answer.items.length) return body.append(nothing("None in this window", HINTS[by] || "Choose a longer window or fewer filters."));
        const sorted = [...answer.items].sort((a, b) => b.sessions - a.sessions);
        const items = sorted.map((item) => {
          const expr = ofTop(by, item.value);
          return {
            name: valueName(by, item.value),
            title: `Only ${item.value || "none"}: ${things(item.visitors, "visitor")}, ${things(item.interactions, "interaction")}`,
            value: item.sessions,
            icon: () => icon(by, item.value),
            href: sessionsAddress(state, countedInTop(by, item.value)),
            leads: NEARLY[by],
            filter: () => context.change({ filters: [...state.filters, { who: "interaction", expr }] }),
          };
        });
        const shown = el("div", {}, bars(list.title, items.slice(0, LINES)));
        if (items.length > LINES) shown.append(unfold(list.title, items, answer.total, shown));
        body.append(shown, NEARLY[by] ? el("p", { class: "panel-note muted" }, `A number opens all ${NEARLY[by]}.`) : "");
      },
    );
  }
  return {
    node: el("div", { class: "grid" }, ...boxes.map(({ box }) => box.node)),
    update: (context) => boxes.forEach((box) => one(box, context)),
  };
}
