import { brought } from "../brought";
import { squash } from "../text";
import { attr, nearest } from "./path";

/** What says of itself that it is a product. */
export const PRODUCT = '[data-product-id],[data-ix-product],[itemtype*="schema.org/Product"]';

/** Its id: our attribute, the common one, or schema.org's. */
export function productId(path: Element[]): string | undefined {
  const product = nearest(path, PRODUCT);
  const sku = product?.querySelector("[itemprop=sku],[itemprop=productID]");
  const id =
    attr(product, "data-ix-product") || attr(product, "data-product-id") || attr(product, "itemid") || attr(sku, "content");
  return squash(id || sku?.textContent || brought.product?.(path) || "", 256) || undefined;
}
