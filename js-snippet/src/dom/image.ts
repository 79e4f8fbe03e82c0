import { brought } from "../brought";
import { cleanUrl } from "../privacy/url";
import { attr, IGNORE } from "./path";
import { PRODUCT } from "./product";

/** What usually frames one product, where nothing says so. */
export const CARD = `${PRODUCT},li,article,figure,:not(body):is([class*=card i],[class*=product i],[class*=tile i])`;
/** What holds more of them and does not say that it is one product is a list of several. */
const MAX_IMAGES = 10;
const ICON = 32 * 32;

const source = (image: HTMLImageElement): string | undefined =>
  image.closest(IGNORE) ? undefined : cleanUrl(image.currentSrc || attr(image, "src"));

/**
 * The one marked as the product's picture, else by natural size: the size on screen would cost a layout. An image
 * that has not loaded yet is better than an icon.
 */
function largest(root: Element): string | undefined {
  let best = ICON;
  let url: string | undefined;
  const images = root.getElementsByTagName("img"); // looked for one by one
  if (images[MAX_IMAGES] && !root.matches(PRODUCT)) return undefined;
  for (const image of images) {
    const size = image.matches("[itemprop=image]")
      ? Infinity
      : image.complete
        ? image.naturalWidth * image.naturalHeight
        : ICON + 1;
    const from = size > best && source(image);
    if (from) [best, url] = [size, from];
  }
  return url;
}

/** The image that was touched: under the pointer, in the link, in the product's card, behind an overlay. */
export function touchedImage(path: Element[], actedOn: Element | undefined): string | undefined {
  const inner = path[0]!;
  let url = inner.matches("img,[type=image]") && source(inner as HTMLImageElement);
  for (const element of path) {
    url ||= (element === actedOn || element.matches(actedOn ? CARD : PRODUCT)) && largest(element);
  }
  return url || brought.image?.(inner);
}
