import { attr } from "../dom/path";
import { productId } from "../dom/product";
import { describe } from "../dom/target";
import { track } from "../track";

const PROP = /^data-ix-prop-/;

/** An element that says what using it means: `data-ix-event="add_to_cart" data-ix-prop-value="12.5"`. */
export function trackMarked(element: Element, path: Element[], image: string | undefined): void {
  const props: Record<string, string> = {};
  for (const { name, value } of element.attributes) {
    if (PROP.test(name)) props[name.replace(PROP, "").replace(/-/g, "_")] = value;
  }
  track(attr(element, "data-ix-event"), props, {
    target: describe(element, path),
    product_id: productId(path.slice(path.indexOf(element))),
    image_url: image,
  });
}
