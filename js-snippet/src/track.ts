import { cleanUrl } from "./privacy/url";
import type { Event as WireEvent } from "./protocol.gen";
import { type Fields, record } from "./record";
import { cap, number } from "./text";

type Props = NonNullable<WireEvent["props"]>;

const MAX_PROPS = 32;
/** Types that stay as they are or drop out: boolean, function, number, undefined. */
const FLAT = /^(bo|[fnu])/;

/** Flat and small, as the protocol wants it; what is nested travels as JSON text. */
function flat(given: Record<string, unknown>): Props {
  return Object.fromEntries(
    Object.entries(given).slice(0, MAX_PROPS).map(([key, value]) => [
      key.slice(0, 128),
      value === null || FLAT.test(typeof value)
        ? value
        : (typeof value === "object" ? JSON.stringify(value) : String(value)).slice(0, 8192),
    ]),
  ) as Props;
}

/** A named event: one of the shop's own types where the name is one, else `custom`. */
export function track(name: unknown, given?: unknown, fields: Fields = {}): void {
  const props = (given ?? {}) as Record<string, unknown>;
  if (/^(add_to_cart|purchase|search)$/.test(name as string)) {
    // What the protocol has a place for need not hide in the props.
    const { product_id: product, quantity, value, currency, image_url: image, text, ...rest } = props;
    record(name as "search", {
      ...fields,
      product_id: cap(product, 256) ?? fields.product_id,
      image_url: cleanUrl(image as string) ?? fields.image_url,
      quantity: number(quantity),
      value: number(value),
      currency: cap(currency, 16),
      text: cap(text, 1000),
      props: flat(rest),
    });
  } else if (name) record("custom", { ...fields, name: cap(name, 128), props: flat(props) });
}
