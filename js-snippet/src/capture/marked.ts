import { attr } from "../dom/path";
import { describe } from "../dom/target";
import { track } from "../track";

const PROP = /^data-ix-prop-/;

/** An element that says what using it means: `data-ix-event="add_to_cart" data-ix-prop-value="12.5"`. */
export function trackMarked(element: Element, path: Element[], image: string | undefined): void {
  const props: Record<string, string> = {};
  for (const { name, value } of element.attributes) {
    if (PROP.test(name)) props[name.replace(PROP, "").replace(/-/g, "_")] = value;
  }
  const target = describe(element, path);
  track(attr(element, "data-ix-event"), props, { target, product_id: target.product_id, image_url: image });
}
