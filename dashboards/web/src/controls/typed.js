// What is typed as a filter, as an expression, and back: several values are written one | other, a bar in a value \|.

import { isNumber, operatorOf } from "../expression.js";

const LISTS = new Set(["is", "is_not"]);
const TEXTS = new Set(["contains", "starts_with"]);
const BAR = /(?<!\\)\|/;

const number = (text) => text !== "" && !Number.isNaN(Number(text));

/** What the value of an operator may look like. */
export const hint = (operator) => (LISTS.has(operator) ? "value, or one | other" : operator === "exists" ? "yes or no" : TEXTS.has(operator) ? "text" : "number");

/** `{expr}`, or `{problem}`: what is missing, in words. */
export function typed(field, operator, given) {
  const text = given.trim();
  if (field === "props.") return { problem: "Name the property." };
  if (operator === "exists") return { expr: { field, exists: text.toLowerCase() !== "no" } };
  if (text === "") return { problem: "Write a value. For what is missing, choose “is there” and write no." };
  if (TEXTS.has(operator)) return isNumber(field) ? { problem: "This operator is for texts, and the field is a number." } : { expr: { field, [operator]: text } };
  if (!LISTS.has(operator)) return number(text) ? { expr: { field, [operator]: Number(text) } } : { problem: "This operator needs a number." };
  const values = text.split(BAR).map((one) => one.trim().replaceAll("\\|", "|"));
  if (values.includes("")) return { problem: "Write a value on each side of the bar. A bar in a value is written \\|." };
  if (isNumber(field) && !values.every(number)) return { problem: "This field is a number." };
  const all = isNumber(field) ? values.map(Number) : values;
  return { expr: { field, [operator]: all.length === 1 ? all[0] : all } };
}

/** An expression of one condition, as it is typed. */
export function asTyped(expr) {
  const operator = operatorOf(expr);
  const value = expr[operator];
  if (operator === "exists") return value ? "yes" : "no";
  if (!LISTS.has(operator)) return String(value);
  return [value].flat().map((one) => String(one).replaceAll("|", "\\|")).join(" | "); // prettier-ignore
}
