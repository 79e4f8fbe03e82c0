// How things look: an icon and a colour for each event, a name and a colour for each visitor, times.

import { svg } from "./dom.js";

const ICONS = {
  pointer: "M5 3l5.2 16 2.6-6.2L19 10.2z",
  page: "M7 3h7l4 4v14H7zM14 3v4h4",
  arrow: "M4 12h15M13 6l6 6-6 6",
  back: "M9 7l-5 5 5 5M4 12h10a5 5 0 0 1 0 10",
  scroll: "M12 4v16M7 15l5 5 5-5M7 9l5-5 5 5",
  chat: "M4 5h16v11H11l-4 4v-4H4z",
  bubble: "M4 5h16v11H11l-4 4v-4H4zM8.5 10.5h.01M12 10.5h.01M15.5 10.5h.01",
  lens: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5",
  cart: "M3 4h3l2 11h10l2-8H7M10 20h.01M17 20h.01",
  bag: "M5 8h14l1 13H4zM9 11V7a3 3 0 0 1 6 0v4",
  eye: "M2.5 12C5 7.5 8 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.5 6.5-9.5 6.5S5 16.5 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  keys: "M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M8 15h8",
  form: "M5 4h14v16H5zM9 9h6M9 13h6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  out: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  down: "M12 4v11M7 11l5 5 5-5M5 20h14",
  alert: "M12 4l9 16H3zM12 10v4M12 17h.01",
  pulse: "M3 12h4l2.5-6 4.5 12 2.5-6H21",
  spark: "M12 3v5M12 16v5M3 12h5M16 12h5",
};

// event name -> [icon, family]; a family has one colour
const EVENTS = {
  page_view: ["page", "move"],
  navigate: ["arrow", "move"],
  restore: ["back", "move"],
  click: ["pointer", "touch"],
  outbound: ["out", "touch"],
  download: ["down", "touch"],
  copy: ["copy", "touch"],
  rage_click: ["pointer", "bad"],
  dead_click: ["pointer", "bad"],
  error: ["alert", "bad"],
  scroll: ["scroll", "look"],
  image_view: ["eye", "look"],
  type: ["keys", "form"],
  form_start: ["form", "form"],
  form_submit: ["form", "form"],
  form_abandon: ["form", "bad"],
  search: ["lens", "seek"],
  add_to_cart: ["cart", "buy"],
  purchase: ["bag", "buy"],
  feedback: ["chat", "say"],
  message: ["bubble", "say"],
  web_vital: ["pulse", "look"],
};

/** Names of the events the collector knows. */
export const EVENT_NAMES = Object.keys(EVENTS);

/** The event's icon and its family, which is the class that colours it. */
export function eventLook(name) {
  const [icon, family] = Object.hasOwn(EVENTS, name) ? EVENTS[name] : ["spark", "own"];
  return {
    family,
    icon: svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path", { d: ICONS[icon] })),
  };
}

const FIRST = (
  "Agile Alert Brave Brisk Busy Calm Clever Cosy Daring Eager Early Fair Famous Gentle Glad Happy Hardy Honest Jolly Keen Kind " +
  "Lively Loyal Lucky Lunar Mellow Merry Misty Nimble Noble Plucky Quick Quiet Rustic Sharp Shy Smart Sunny Swift Witty"
).split(" ");
const SECOND = (
  "Badger Bear Beaver Bison Crane Deer Dove Duck Eagle Falcon Ferret Finch Fox Gecko Goose Hare Hawk Heron Ibis Jay Koala Lark " +
  "Lemur Lion Lynx Marten Mole Moose Otter Owl Panda Puffin Raven Robin Seal Stork Swan Tapir Tern Wolf Wren Yak"
).split(" ");

function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}

/** What tells one visitor from another. */
export function visitorKey(record) {
  return record.visitor_id || record.session_id || record.user_id || "";
}

/** A short name and a hue, always the same for the same visitor. */
export function visitor(record) {
  const key = visitorKey(record);
  const number = hash(key);
  const made = `${FIRST[number % FIRST.length]} ${SECOND[(number >>> 9) % SECOND.length]}`;
  return { key, name: record.user_id || (key ? made : "Someone"), hue: ((number >>> 4) % 24) * 15 };
}

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** The local time to the second, the day where it is not today, and the exact time. */
export function time(moment) {
  const at = new Date(moment);
  if (Number.isNaN(at.valueOf())) return { clock: "–", day: "", exact: String(moment) };
  const today = new Date().toDateString() === at.toDateString();
  return {
    clock: CLOCK.format(at),
    day: today ? "" : DAY.format(at),
    exact: `${EXACT.format(at)}\n${at.toISOString()}`,
  };
}

/** What to call a record's image. */
export function imageName(record) {
  if (record.target_label || record.product_id) return record.target_label || record.product_id;
  if (STORED_IMAGE.test(record.interacted_image_url)) return "screenshot";
  return new URL(imageUrl(record)).pathname.split("/").pop();
}

const STORED_IMAGE = /^\/images\/[0-9a-f]{64}$/;

/** An image address that may be shown, else null: http(s), or one that is stored here, whole or `width` wide. Relative
 *  ones belong to the record's page; without one they would be the collector's own. */
export function imageUrl(record, { width = 0 } = {}) {
  const given = record.interacted_image_url;
  if (!given) return null;
  try {
    const url = STORED_IMAGE.test(given)
      ? new URL(width ? `${given}/thumbnail?width=${width}` : given, location.origin)
      : new URL(given, record.url || undefined);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** The address if it is http(s), else null. */
export function webUrl(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}
