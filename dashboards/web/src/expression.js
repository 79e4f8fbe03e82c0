// Filter expressions: the fields and operators there are, how they read, and small makers.

import { domainOf, fromDomain } from "./domain.js";

/** Fields to filter by: name, what people call it, and the list of `/v1/top` that knows its values. */
export const FIELDS = [
  ["Page", [["path", "page", "page"], ["title", "page title"], ["url", "address"], ["referrer", "referrer", "referrer"]]],
  ["Action", [["event_name", "event", "event"], ["user_action", "action"], ["target_label", "element", "element"],
    ["target_selector", "selector"], ["target_section", "section"], ["content", "text"], ["props.query", "search", "search"], ["props.message", "error", "error"], ["rating", "rating"],
    ["scroll_depth", "scroll depth"], ["value", "value"]]],
  ["Product", [["product_id", "product", "product"], ["interacted_image_url", "image", "image"]]],
  ["Visitor", [["country", "country", "country"], ["device", "device", "device"], ["browser", "browser", "browser"],
    ["os", "system", "os"], ["language", "language"], ["user_id", "user id"], ["visitor_id", "visitor id"],
    ["session_id", "session id"]]],
  ["Origin", [["source", "source", "source"], ["utm_source", "utm source"], ["utm_medium", "utm medium"],
    ["utm_campaign", "campaign", "campaign"], ["agent_version", "agent version"]]],
]; // prettier-ignore

const LIST = FIELDS.flatMap(([, fields]) => fields);
const NAMES = new Map(LIST.map(([field, name]) => [field, name]));
const KNOWN_BY = new Map(LIST.map(([field, , top]) => [field, top]));
const NUMBERS = new Set(["rating", "scroll_depth", "value", "x", "y", "count", "visible_ms", "page_x", "page_y"]);

/** Operators: name in the API, how it reads, whether it needs a number. */
export const OPERATORS = [
  ["is", "is"], ["is_not", "is not"], ["contains", "contains"], ["starts_with", "starts with"],
  ["gt", "is greater than"], ["gte", "is at least"], ["lt", "is less than"], ["lte", "is at most"],
  ["exists", "is there"],
]; // prettier-ignore
const READS = new Map(OPERATORS);

export const fieldName = (field) => NAMES.get(field) || (field.startsWith("props.") ? field.slice(6) : field.replaceAll("_", " "));
export const topOf = (field) => KNOWN_BY.get(field) || (field.startsWith("props.") ? field : null);
export const isNumber = (field) => NUMBERS.has(field);

export const is = (field, value) => ({ field, is: value });
export const all = (...parts) => {
  const given = parts.filter(Boolean);
  return given.length === 1 ? given[0] : { and: given };
};

/** The operator of a simple expression, or undefined for and, or, not. */
export const operatorOf = (expr) => (expr.field ? OPERATORS.map(([name]) => name).find((name) => name in expr) : undefined);

/** Whether this has the shape of an expression; what it says, the API checks. */
export function isExpression(found) {
  if (typeof found !== "object" || !found) return false;
  const several = found.and ?? found.or;
  if (several !== undefined) return Array.isArray(several) && several.length > 0 && several.every(isExpression);
  return found.not === undefined ? typeof found.field === "string" : isExpression(found.not);
}

/** An expression in words. */
export function words(expr) {
  const domain = domainOf(expr);
  if (domain) return `referrer is on ${domain}`;
  if (expr.and) return expr.and.map(words).join(" and ");
  if (expr.or) return expr.or.map(words).join(" or ");
  if (expr.not) return `not (${words(expr.not)})`;
  const operator = operatorOf(expr);
  const name = fieldName(expr.field || "?");
  if (operator === "exists") return `${name} ${expr.exists ? "is there" : "is not there"}`;
  const value = expr[operator];
  const text = Array.isArray(value) ? value.map((one) => one || "(empty)").join(" or ") : value === "" ? "(empty)" : String(value);
  return `${name} ${READS.get(operator) || "?"} ${text}`;
}

/** A filter in words: with whom it is about, unless that is the interaction itself. */
export function filterWords({ who, not, expr }) {
  if (who === "interaction") return words(expr);
  return `${who}s that did${not ? " not" : ""}: ${words(expr)}`;
}

/** What was clicked, or which form: named by its label, else by its selector. */
export const element = (name) => {
  const unlabelled = all(is("target_label", ""), is("target_selector", name));
  return name ? { or: [is("target_label", name), unlabelled] } : unlabelled;
};

const PLAIN = { page: "path", entry_page: "path", exit_page: "path", campaign: "utm_campaign", event: "event_name", custom: "event_name", product: "product_id", image: "interacted_image_url" };
const SEEN = is("event_name", ["page_view", "navigate", "restore"]);
const COUNTED = {
  page: SEEN, entry_page: SEEN, exit_page: SEEN, campaign: SEEN, referrer: is("event_name", "page_view"), element: is("user_action", "click"),
  image: { field: "event_name", is_not: ["feedback", "message"] },
}; // prettier-ignore

/** The expression of one value of a top list: what narrows to it. */
export function ofTop(by, value) {
  if (by === "element") return element(value);
  if (by === "referrer") return fromDomain(value);
  if (by === "search") return all(is("event_name", "search"), is("props.query", value));
  if (by === "error") return all(is("event_name", "error"), is("props.message", value));
  return is(PLAIN[by] || by, value);
}

/** The expression of what a top list counts for a value: of a page only views. Where a session began or ended no
 *  expression says; there it is that it saw the page. */
export const countedInTop = (by, value) => all(ofTop(by, value), COUNTED[by]);
