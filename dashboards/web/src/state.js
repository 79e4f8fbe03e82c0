// What the pages show, which stands in the address: site, window, zone, comparison, filters. Nothing else remembers it.

import { isExpression } from "./expression.js";
import { dayStart, HERE, isZone } from "./zone.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The windows to choose from; each ends now, and the day it is in is that of the moment before. Long ones begin with a whole day. */
export const RANGES = [
  { id: "1h", name: "Last hour", from: (now) => now - HOUR },
  { id: "24h", name: "Last 24 hours", from: (now) => now - DAY },
  { id: "today", name: "Today", from: (now, zone) => dayStart(now - 1, zone) },
  { id: "7d", name: "Last 7 days", from: (now) => now - 7 * DAY },
  { id: "30d", name: "Last 30 days", from: (now, zone) => dayStart(now - 1, zone, 29) },
  { id: "90d", name: "Last 90 days", from: (now, zone) => dayStart(now - 1, zone, 89) },
  { id: "365d", name: "Last 12 months", from: (now, zone) => dayStart(now - 1, zone, 364) },
];
const LAST = Date.UTC(10_000, 0); // years have four digits where a window is typed
const DEFAULT_RANGE = "7d";
const COMMON = ["site", "range", "from", "to", "tz", "compare", "bots", "filter", "segment"];

let now = Math.ceil(Date.now() / MINUTE) * MINUTE;

/** Windows that end now end at this moment until the next `refresh`: all panels agree, and going back is instant. */
export function refresh() {
  now = Math.ceil(Date.now() / MINUTE) * MINUTE;
}

/** What an address holds is no state; the message says which part. */
export class Unreadable extends Error {}

/** The JSON of a parameter that is `fine`, or null where there is none. Throws `Unreadable`: numbers without a filter that
 *  was asked for would be taken for those with it. */
function json(query, name, fine) {
  let found;
  try {
    found = JSON.parse(query.get(name) || "null");
  } catch {
    throw new Unreadable(`The ${name} in its address is cut off or misspelt`);
  }
  if (found !== null && !fine(found)) throw new Unreadable(`The ${name} in its address is not complete`);
  return found;
}

const areSegments = (found) => [found].flat().every((one) => ["session", "visitor", undefined].includes(one?.who) && isExpression(one?.did));

/** Filters are a list of `{who, not, expr}`; `who` is "interaction", "session" or "visitor". */
function readFilters(query) {
  const filter = json(query, "filter", isExpression);
  const segments = [json(query, "segment", areSegments) ?? []].flat();
  return [
    ...(filter ? (filter.and ?? [filter]) : []).map((expr) => ({ who: "interaction", expr })),
    ...segments.map(({ who, not, did }) => ({ who: who ?? "session", not: Boolean(not), expr: did })),
  ];
}

/** The state an address holds. Throws `Unreadable`. */
export function read(search = location.search) {
  const query = new URLSearchParams(search);
  const zone = query.get("tz") && isZone(query.get("tz")) ? query.get("tz") : HERE;
  const from = Number(query.get("from"));
  const to = Number(query.get("to"));
  const custom = from > 0 && to > from && to < LAST;
  const range = RANGES.find((one) => one.id === query.get("range")) || RANGES.find((one) => one.id === DEFAULT_RANGE);
  return {
    site: query.get("site") || "",
    range: custom ? "" : range.id,
    from: custom ? from : range.from(now, zone),
    to: custom ? to : now,
    zone,
    compare: query.get("compare") !== "0",
    bots: ["include", "only"].includes(query.get("bots")) ? query.get("bots") : "exclude",
    filters: readFilters(query),
  };
}

function filterParameters(filters) {
  const own = filters.filter((one) => one.who === "interaction").map((one) => one.expr);
  const segments = filters
    .filter((one) => one.who !== "interaction")
    .map(({ who, not, expr }) => ({ who, did: expr, ...(not && { not }) }));
  return {
    filter: own.length ? JSON.stringify(own.length === 1 ? own[0] : { and: own }) : "",
    segment: segments.length ? JSON.stringify(segments.length === 1 ? segments[0] : segments) : "",
  };
}

/** The address parameters of a state, without what is the default. */
export function write(state) {
  const query = new URLSearchParams();
  const set = (name, value) => value && query.set(name, value);
  set("site", state.site);
  if (state.range) set("range", state.range === DEFAULT_RANGE ? "" : state.range);
  else {
    set("from", String(state.from));
    set("to", String(state.to));
  }
  set("tz", state.zone === HERE ? "" : state.zone);
  set("compare", state.compare ? "" : "0");
  set("bots", state.bots === "exclude" ? "" : state.bots);
  for (const [name, value] of Object.entries(filterParameters(state.filters))) set(name, value);
  return query;
}

/** What every question of the API is told. */
export function question(state) {
  const { filter, segment } = filterParameters(state.filters);
  return {
    site: state.site,
    from: state.from,
    to: state.to,
    tz: state.zone,
    bots: state.bots === "exclude" ? "" : state.bots,
    filter,
    segment,
  };
}

/** The address of a page that keeps the state; `change` changes it, `own` are the page's own parameters. */
export function address(path, state, change = {}, own = {}) {
  const query = write({ ...state, ...("from" in change ? { range: "" } : {}), ...change });
  for (const [name, value] of Object.entries(own)) if (value !== "" && value !== undefined && value !== null) query.set(name, value);
  return query.size ? `${path}?${query}` : path;
}

/** The page's own parameters: those that are not the state. */
export function own(search = location.search) {
  return Object.fromEntries([...new URLSearchParams(search)].filter(([name]) => !COMMON.includes(name)));
}

/** The address of the sessions behind a number: those with an interaction that passes the filters and these. */
export function sessionsAddress(state, ...exprs) {
  const more = exprs.filter(Boolean).map((expr) => ({ who: "interaction", expr }));
  return address("/sessions", state, { filters: [...state.filters, ...more] });
}
