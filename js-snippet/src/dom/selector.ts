import { attr, PLAIN } from "./path";

const LANDMARK = PLAIN + ",body,html";
const MADE_UP = /\d{3}|[\da-f]{8}|^(\d|react|radix|headlessui|mui|ember)|[^\w-]/i;
const MAX_STEPS = 8;

/** An id that someone chose, not one that a framework counted up. */
export function chosenId(element: Element): string {
  const id = attr(element, "id");
  return MADE_UP.test(id) ? "" : id;
}

function place(element: Element): string {
  const tag = element.localName;
  if (element.matches(":only-of-type")) return tag;
  let number = 1;
  // Not by the parent's `children`: a form has its fields by their names, and one may be called so.
  for (let other: Element | null = element; (other = other.previousElementSibling); ) number++;
  return `${tag}:nth-child(${number})`;
}

/** A path that the next release of the page still has: ids and test ids, landmarks, places; never classes. */
export function selector(element: Element): string {
  const steps: string[] = [];
  let current: Element | null = element;
  while (current && steps.length < MAX_STEPS) {
    const id = chosenId(current);
    const test: string = attr(current, "data-testid").replace(/.*[@"].*/, ""); // someone may stand in it
    const end: string | false = id ? "#" + id : test ? `[data-testid="${test}"]` : current.matches(LANDMARK) && current.localName;
    steps.unshift(end || place(current));
    current = end ? null : current.parentElement;
  }
  const root = element.getRootNode();
  return ((root instanceof ShadowRoot ? selector(root.host) + " >>> " : "") + steps.join(" > ")).slice(0, 300);
}
