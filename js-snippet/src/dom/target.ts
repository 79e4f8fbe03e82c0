import { cleanUrl } from "../privacy/url";
import type { Target } from "../protocol.gen";
import { label } from "./label";
import { attr, masked, nearest } from "./path";
import { productId } from "./product";
import { section } from "./section";
import { selector } from "./selector";

/** By tag, an input's by its type; other inputs are for text. */
function role(element: Element): string | undefined {
  const tag = element.localName;
  const kind = tag === "input" ? (element as HTMLInputElement).type : tag;
  return (
    attr(element, "role") ||
    (/^(button|summary|submit|reset|image)$/.test(kind)
      ? "button"
      : /^(checkbox|radio|img)$/.test(kind)
        ? kind
        : kind === "a"
          ? "link"
          : kind === "select"
            ? "combobox"
            : /^(input|textarea)$/.test(tag)
              ? "textbox"
              : undefined)
  );
}

/** An element in words. `path` goes through it outwards; `loose`: it is no control. */
export function describe(element: Element, path: Element[], loose = false): Target {
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
