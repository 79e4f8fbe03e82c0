// One interaction as a row of the list, and all its fields when it is opened.

import { copyButton, el } from "./dom.js";
import { eventLook, imageName, imageUrl, time, visitor, webUrl } from "./look.js";

const GROUPS = [
  [
    "What",
    [
      "user_action_description",
      "event_name",
      "user_action",
      "content",
      "shadow_content",
      "expert_content",
      "role",
      "rating",
      "tools_used",
      "value",
      "product_id",
      "count",
      "scroll_depth",
      "visible_ms",
      "props",
    ],
  ],
  [
    "Where",
    [
      "title",
      "url",
      "path",
      "referrer",
      "utm_source",
      "utm_medium",
      "utm_campaign",
      "target_label",
      "target_role",
      "target_section",
      "target_selector",
      "target_href",
      "interacted_image_url",
      "x",
      "y",
      "page_x",
      "page_y",
      "page_height",
      "viewport_width",
      "viewport_height",
    ],
  ],
  [
    "Who",
    [
      "user_id",
      "visitor_id",
      "session_id",
      "thread_id",
      "browser",
      "os",
      "device",
      "is_bot",
      "country",
      "language",
      "timezone",
    ],
  ],
];
const ADDRESSES = new Set(["url", "referrer", "target_href"]);

/** A rating of five as stars, other ratings as words. */
export function stars(rating) {
  if (!Number.isFinite(rating)) return null;
  if (rating < 0 || rating > 5) return el("span", { class: "stars" }, `rated ${rating}`);
  const full = Math.round(rating);
  return el(
    "span",
    { class: "stars", role: "img", "aria-label": `${rating} of 5 stars`, title: `${rating} of 5` },
    "★".repeat(full),
    el("span", { class: "off" }, "★".repeat(5 - full)),
  );
}

function thumbnail(row) {
  const source = imageUrl(row, { width: 128 });
  if (!source) return null;
  const name = imageName(row);
  const image = el("img", {
    class: "thumb",
    src: source,
    alt: `Image: ${name}`,
    title: name,
    width: 52,
    height: 52,
    loading: "lazy",
    decoding: "async",
    referrerpolicy: "no-referrer",
  });
  image.addEventListener("error", () => {
    const label = `Image could not be loaded: ${name}`;
    image.replaceWith(el("span", { class: "thumb missing", role: "img", "aria-label": label, title: label }));
  });
  return image;
}

function quote(row) {
  const said = row.content || row.expert_content;
  return said ? el("q", { class: "said" }, said) : null;
}

function value(name, given, row) {
  const address = name === "interacted_image_url" ? imageUrl(row) : ADDRESSES.has(name) && webUrl(given);
  if (address) {
    return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, given);
  }
  return typeof given === "object" ? JSON.stringify(given, null, 1) : String(given);
}

function group(title, names, row) {
  const known = names.filter((name) => row[name] !== undefined && row[name] !== "");
  if (!known.length) return null;
  return el(
    "section",
    {},
    el("h3", {}, title),
    el("dl", {}, ...known.flatMap((name) => [el("dt", {}, name), el("dd", {}, value(name, row[name], row))])),
  );
}

/** All fields of a record; `narrow` is told a filter to set. */
export function allFields(row, narrow) {
  const named = new Set(GROUPS.flatMap(([, names]) => names));
  const rest = Object.keys(row).filter((name) => !named.has(name));
  const button = (label, filter) =>
    el("button", { type: "button", class: "quiet", onclick: () => narrow(filter) }, label);
  return [
    el(
      "div",
      { class: "groups" },
      ...GROUPS.map(([title, names]) => group(title, names, row)),
      group("Record", rest, row),
    ),
    el(
      "p",
      { class: "actions" },
      button(`Only ${row.event_name}`, { event: row.event_name }),
      button(`Only ${visitor(row).name}`, { text: row.visitor_id || row.session_id || row.user_id || "" }),
      copyButton(JSON.stringify(row, null, 2), "Copy as JSON"),
    ),
  ];
}

/** The row of a record; `opened(record, body)` fills what is shown when it is opened. */
export function makeRow(record, opened) {
  const row = record.row;
  const { family, icon } = eventLook(row.event_name);
  const when = time(row.created_at);
  const who = visitor(row);
  const name = el("span", { class: "who", title: who.key }, who.name);
  name.style.setProperty("--hue", who.hue);
  const device = [row.browser, row.device, row.country].filter(Boolean).join(" · ");
  const body = el("div", { class: "fields" });
  const details = el(
    "details",
    { class: `row ${family}` },
    el(
      "summary",
      {},
      el("time", { datetime: row.created_at, title: when.exact }, when.clock, when.day && el("small", {}, when.day)),
      el("span", { class: "chip" }, icon, el("span", { class: "chip-name" }, row.event_name)),
      el(
        "span",
        { class: "main" },
        el(
          "span",
          { class: "said-line" },
          name,
          " ",
          el("span", { class: "description" }, row.user_action_description || row.event_name),
          " ",
          stars(row.rating),
          row.is_bot && el("span", { class: "bot" }, "bot"),
        ),
        quote(row),
        el(
          "span",
          { class: "about" },
          row.path && el("span", { class: "path", title: row.url }, row.path),
          device && el("span", { class: "device" }, device),
          row.site && el("span", { class: "site" }, row.site),
        ),
      ),
      thumbnail(row) || el("span", { class: "no-thumb" }),
    ),
    body,
  );
  details.addEventListener("toggle", () => details.open && opened(record, body));
  return el("li", { "data-id": record.id }, details);
}
