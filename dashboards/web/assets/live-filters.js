// The filters of the live page: what they are set to, and which sites and events there are to choose from.

import { byId, el } from "./dom.js";
import { EVENT_NAMES } from "./look.js";

const MOST_OPTIONS = 200;
const { site, event, text, bots } = byId("filters").elements;

function offer(select, name, set) {
  if (!name || (select.length > MOST_OPTIONS && name !== set)) return;
  if (![...select.options].some((option) => option.value === name)) select.append(el("option", { value: name }, name));
}

/** Sites and events of these rows can be chosen from now on. */
export function offerValues(rows, wanted) {
  for (const name of new Set(rows.map((row) => row.site))) offer(site, name, wanted.site);
  for (const name of new Set(rows.map((row) => row.event_name))) offer(event, name, wanted.event);
}

/** Sets the fields to what is wanted. */
export function showFilters(wanted) {
  for (const select of [site, event]) {
    offer(select, wanted[select.name], wanted[select.name]);
    select.classList.toggle("set", Boolean(wanted[select.name]));
    select.value = wanted[select.name];
  }
  if (text.value !== wanted.text) text.value = wanted.text;
  bots.checked = wanted.bots;
}

for (const name of EVENT_NAMES) offer(event, name, "");
