// The filters that hold, as chips, and the form that adds or changes one.

import { el } from "../../assets/dom.js";
import { ask } from "../api.js";
import { domainOf } from "../domain.js";
import { FIELDS, filterWords, operatorOf, OPERATORS, topOf } from "../expression.js";
import { menu } from "../parts/menu.js";
import { asTyped, hint, typed } from "./typed.js";

const WHO = [
  ["interaction", "", "Interactions where"],
  ["session", "", "Sessions that did something where"],
  ["session", "not", "Sessions that did nothing where"],
  ["visitor", "", "Visitors who did something where"],
  ["visitor", "not", "Visitors who did nothing where"],
];

/** The field that is chosen, with the name of a property of the site's own. */
const fieldOf = ({ field, property }) => (field.value === "props." ? `props.${property.value.trim()}` : field.value);

function editor(context, given, done) {
  const known = given ? given.expr : { field: "path", is: "" };
  const simple = known.field && operatorOf(known);
  const value = simple ? asTyped(known) : "";
  const isProperty = simple && known.field.startsWith("props.");
  const option = (name, text, now) => el("option", { value: name, selected: now }, text);
  const who = el("select", { name: "who", class: "field", "aria-label": "Of whom" },
    ...WHO.map(([kind, not, text], index) => option(index, text, given && given.who === kind && Boolean(given.not) === Boolean(not)))); // prettier-ignore
  const field = el("select", { name: "field", class: "field", "aria-label": "Field" },
    ...FIELDS.map(([group, fields]) => el("optgroup", { label: group }, ...fields.map(([name, text]) => option(name, text, simple && known.field === name)))),
    el("optgroup", { label: "Own" }, option("props.", "a property …", isProperty))); // prettier-ignore
  const property = el("input", { name: "property", type: "search", class: "field", "aria-label": "Property", placeholder: "property name", value: isProperty ? known.field.slice(6) : "", hidden: !isProperty });
  const operator = el("select", { name: "operator", class: "field", "aria-label": "Operator" }, ...OPERATORS.map(([name, text]) => option(name, text, name === simple)));
  const values = el("datalist", { id: "filter-values" });
  const input = el("input", { name: "value", type: "search", class: "field", "aria-label": "Value", list: "filter-values", autocomplete: "off", value });
  const problem = el("p", { class: "problem", role: "alert" });

  async function offer() {
    property.hidden = field.value !== "props.";
    input.placeholder = hint(operator.value);
    values.replaceChildren();
    const by = topOf(fieldOf({ field, property }));
    if (!by || by === "props." || operator.value === "exists") return;
    try {
      const answer = await ask("/v1/top", { ...context.state, filters: [] }, { by, limit: 50 });
      values.replaceChildren(...answer.items.map((item) => el("option", { value: asTyped({ field: field.value, [operator.value]: item.value }) })));
    } catch (error) {
      if (error.status === undefined) throw error; // suggestions are a help, not a need
    }
  }
  field.addEventListener("change", offer);
  property.addEventListener("change", offer);
  operator.addEventListener("change", offer);
  const form = el("form", { class: "menu-form filter-form" }, who, field, property, operator, input, values, problem,
    el("div", { class: "line" }, el("button", { type: "submit", class: "strong" }, given ? "Change" : "Add"),
      given && el("button", { type: "button", class: "quiet", onclick: () => done(null) }, "Remove"))); // prettier-ignore
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { expr, problem: missing } = typed(fieldOf(form.elements), operator.value, input.value);
    if (!expr) return (problem.textContent = missing);
    const [kind, not] = WHO[Number(who.value)];
    done({ who: kind, not: Boolean(not), expr });
  });
  offer();
  return form;
}

/** `{node, update(context)}` */
export function filterBar() {
  const node = el("div", { class: "filters-row", role: "group", "aria-label": "Filters" });

  function chip(context, filter, index) {
    const { filters } = context.state;
    const others = filters.filter((_, place) => place !== index);
    const text = filterWords(filter);
    const put = (one, close) => {
      close();
      context.change({ filters: one ? filters.map((old, place) => (place === index ? one : old)) : others });
    };
    const edit = menu(text, (panel, close) => panel.append(editor(context, filter, (one) => put(one, close))), { title: `Filter: ${text}`, class: "chip-button" });
    edit.button.title = text; // a long one is cut off
    const remove = el("button", { type: "button", class: "chip-remove", "aria-label": `Remove the filter ${text}`, onclick: () => context.change({ filters: others }) }, "×");
    return el("span", { class: "filter-chip" }, edit.node, remove);
  }

  return {
    node,
    update(context) {
      const { filters } = context.state;
      const add = menu("+ Filter", (panel, close) =>
        panel.append(
          editor(context, null, (one) => {
            close();
            context.change({ filters: [...filters, one] });
          }),
        ), { title: "Add a filter" }); // prettier-ignore
      const either = filters.filter((one) => one.who === "interaction");
      node.replaceChildren(
        ...filters.map((filter, index) => chip(context, filter, index)),
        add.node,
        ...(either.length > 1
          ? [el("button", { type: "button", class: "quiet small", title: "One of these is enough instead of all", onclick: () => {
              const rest = filters.filter((one) => one.who !== "interaction");
              context.change({ filters: [{ who: "interaction", expr: { or: either.map((one) => one.expr) } }, ...rest] });
            } }, "any of these")]
          : []), // prettier-ignore
        ...(either.length === 1 && either[0].expr.or && !domainOf(either[0].expr)
          ? [el("button", { type: "button", class: "quiet small", title: "All of these instead of one", onclick: () => {
              const rest = filters.filter((one) => one.who !== "interaction");
              context.change({ filters: [...either[0].expr.or.map((expr) => ({ who: "interaction", expr })), ...rest] });
            } }, "all of these")]
          : []), // prettier-ignore
        ...(filters.length ? [el("button", { type: "button", class: "quiet small", onclick: () => context.change({ filters: [] }) }, "Clear")] : []),
      );
    },
  };
}
