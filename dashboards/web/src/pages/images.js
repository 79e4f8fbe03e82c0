// Images: which pictures people look at, touch, and which lead to the cart.

import { el } from "../../assets/dom.js";
import { ask } from "../api.js";
import { all, is } from "../expression.js";
import { count, duration, percent, things } from "../format.js";
import { link } from "../parts/link.js";
import { nothing, panel } from "../parts/panel.js";
import { fileName, picture } from "../parts/picture.js";
import { choice, segments } from "../parts/tabs.js";
import { sessionsAddress } from "../state.js";

const MOST = 60;
const ORDERS = [
  ["views", "most looked at"], ["touches", "most touched"], ["carts", "most in carts"],
  ["touch_rate", "highest touch rate"], ["cart_rate", "highest cart rate"], ["view_ms_median", "longest looks"],
]; // prettier-ignore
// The others order the images that most sessions met: of all, those met once would lead.
const OF_ALL = ["views", "touches", "carts"];
const KINDS = [["cards", "Cards"], ["table", "Table"]]; // prettier-ignore
const MET = { field: "event_name", is_not: ["feedback", "message"] }; // a picture in these is not of the shop
const TOUCHED = all(is("user_action", "click"), { field: "event_name", is_not: ["add_to_cart", "purchase"] });

const nameOf = (item) => item.label || item.product_id || fileName(item.image_url);

/** The sessions in which people met the image, looked at it, touched it, or put it into the cart. */
function links(state, item) {
  const image = is("interacted_image_url", item.image_url);
  return {
    all: sessionsAddress(state, all(MET, image)),
    views: sessionsAddress(state, all(is("event_name", "image_view"), image)),
    touches: sessionsAddress(state, all(TOUCHED, image)),
    carts: sessionsAddress(state, all(is("event_name", "add_to_cart"), image)),
  };
}

function stage(name, value, most, rate, href, title) {
  const bar = el("i", { class: "stage-fill", "aria-hidden": "true" });
  bar.style.width = `${most ? Math.min(100, (value / most) * 100) : 0}%`;
  return el(
    "div",
    { class: "stage" },
    el("dt", {}, name),
    el("dd", {}, el("span", { class: "stage-bar" }, bar), link(href, { class: "stage-value", title }, count(value)), el("span", { class: "stage-rate" }, rate === undefined ? "" : percent(rate))),
  );
}

function card(state, item, most) {
  const to = links(state, item);
  return el(
    "li",
    { class: "image-card", "data-image": item.image_url },
    link(to.all, { class: "image-frame", "aria-label": `Sessions with ${nameOf(item)}` }, picture(item.image_url, nameOf(item))),
    el("h3", { class: "image-name", title: item.image_url }, nameOf(item)),
    el("p", { class: "muted image-note" }, item.view_ms_median === null ? fileName(item.image_url) : `looked at for ${duration(item.view_ms_median / 1000)}`),
    el(
      "dl",
      {},
      stage("Looked at", item.views, most.views, undefined, to.views, "Sessions that looked at it"),
      stage("Touched", item.touches, most.touches, item.touch_rate, to.touches, "Sessions that clicked it"),
      stage("Into the cart", item.carts, most.carts, item.cart_rate, to.carts, "Sessions that put it into the cart"),
    ),
  );
}

function row(state, item) {
  const to = links(state, item);
  const cell = (value, href) => el("td", {}, href ? link(href, { class: "plain" }, value) : value);
  return el(
    "tr",
    { "data-image": item.image_url },
    el("th", { scope: "row" }, el("span", { class: "with-picture" }, picture(item.image_url, nameOf(item), { class: "mini", width: 64 }), nameOf(item))),
    cell(count(item.views), to.views), cell(duration(item.view_ms_median === null ? null : item.view_ms_median / 1000)),
    cell(count(item.touches), to.touches), cell(percent(item.touch_rate)), cell(count(item.carts), to.carts),
    cell(percent(item.cart_rate)), cell(count(item.sessions), to.all),
  ); // prettier-ignore
}

/** The page. */
export function imagesPage() {
  const box = panel("Images", { class: "bare", lines: 8 });
  const tools = el("div", { class: "tools" });
  box.head.append(tools);
  const node = el(
    "div",
    { class: "page" },
    el("div", { class: "page-head" }, el("h1", {}, "Images"), el("p", { class: "lead" }, "Which pictures people look at, touch, and put into the cart. Rates are of the sessions that met the image.")),
    box.node,
  );

  function update(context) {
    const { state, own } = context;
    const order = ORDERS.some(([name]) => name === own.order) ? own.order : "views";
    const kind = own.as === "table" ? "table" : "cards";
    tools.replaceChildren(
      segments("Show as", KINDS, kind, (value) => context.tune({ as: value === "cards" ? "" : value }, true)),
      choice("Order", ORDERS, order, (value) => context.tune({ order: value === "views" ? "" : value }, true)),
    );
    box.load(
      context,
      (signal) => ask("/v1/images", state, { limit: MOST, order: OF_ALL.includes(order) ? order : "" }, signal),
      ({ items, total }, body) => {
        if (!items.length) return body.append(nothing("No image was looked at in this window", "The tag reports images that are in view for a second. Choose a longer window or fewer filters."));
        const sorted = [...items].sort((a, b) => (b[order] ?? -1) - (a[order] ?? -1));
        const most = Object.fromEntries(OF_ALL.map((name) => [name, Math.max(...items.map((item) => item[name]))]));
        box.heading.textContent = `${total > items.length ? `${count(items.length)} of ` : ""}${things(total, "image")}`;
        if (total > items.length && !OF_ALL.includes(order)) body.append(el("p", { class: "images-note muted" }, `Ordered among the ${count(items.length)} that most sessions met`));
        if (kind === "cards") return body.append(el("ul", { class: "image-cards" }, ...sorted.map((item) => card(state, item, most))));
        const heads = ["Image", "Looks", "Median look", "Touches", "Touch rate", "Carts", "Cart rate", "Sessions"];
        body.append(
          el("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": "Images as a table" },
            el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, ...sorted.map((item) => row(state, item))))),
        ); // prettier-ignore
      },
    );
  }
  return { node, update };
}
