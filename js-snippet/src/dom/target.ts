import { cleanUrl } from "../privacy/url";
import type { Target } from "../protocol.gen";
import { label } from "./label";
import { attr, masked, nearest } from "./path";
import { productId } from "./product";
import { section } from "./section";
import { selector } from "./selector";

/** By the type of a field or button, else by the tag. */
const ROLES: Record<string, string> = {
  button: "button",
  submit: "button",
  reset: "button",
  image: "button",
  summary: "button",
  a: "link",
  img: "img",
  radio: "radio",
  textarea: "textbox",
  checkbox: "checkbox",
  select: "combobox",
  input: "textbox",
};

const role = (element: Element): string | undefined =>
  attr(element, "role") || ROLES[(element as HTMLInputElement).type] || ROLES[element.localName];

/** An element in words. `path` goes through it outwards; `loose`: it is no control. */
export function describe(element: Element, path: Element[], loose?: boolean): Target {
  const outwards = path.slice(path.indexOf(element));
  return {
    tag: element.localName,
    role: role(element),
    label: masked(outwards) ? undefined : label(element, loose),
    selector: selector(element),
    href: cleanUrl(attr(nearest(outwards, "a[href]"), "href")),
    section: section(outwards),
    product_id: productId(outwards),
  };
}
