import { CARD, cleanUrl, guard, nearest, pageUrl } from "../kit";

const FRINGE = "nav,header,footer,aside";
const MAX_DEPTH = 6;

type Json = Record<string, unknown>;

let byAddress = new Map<string, string>();
let alone: string | undefined;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value ? [value] : []);

/** The page's address of something: the fragment that tells variants apart does not survive our cleaning. */
const address = (value: unknown): string | undefined =>
  cleanUrl(String(typeof value === "object" && value ? ((value as Json)["@id"] ?? (value as Json).url ?? "") : (value ?? "")));

/** The end of an address's path: the same product's is found below several, with all kinds of parameters. */
const slug = (url?: string): string | undefined => /([^/?]+)\/?(\?|$)/.exec(url!)?.[1];

function products(node: unknown, depth = 0): Json[] {
  if (!node || typeof node !== "object" || depth > MAX_DEPTH) return [];
  if (Array.isArray(node)) return node.flatMap((item) => products(item, depth + 1));
  const own = list((node as Json)["@type"]).some((type) => /(^|\/)Product(Group)?$/.test(String(type)));
  return own ? [node as Json] : Object.values(node).flatMap((value) => products(value, depth + 1));
}

/** Reads what the page says of its products as JSON-LD: id by the address of page and pictures. */
export const readCatalogue = guard((): void => {
  byAddress = new Map();
  const ids = new Set<string>();
  let elsewhere = false;
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    let said: unknown;
    try {
      said = JSON.parse(script.textContent ?? "");
    } catch {
      continue; // the page's own mistake
    }
    for (const product of products(said)) {
      const id = String(product.sku ?? product.productID ?? product.mpn ?? product["@id"] ?? "");
      if (!id) continue;
      ids.add(id);
      if (product.url && slug(address(product.url)) !== slug(pageUrl())) elsewhere = true;
      const offers = list(product.offers).map((offer) => (offer as Json).url);
      for (const place of [product.url, product["@id"], product.mainEntityOfPage, ...offers, ...list(product.image)]) {
        const found = address(place);
        if (found) byAddress.set(found, id);
      }
    }
  }
  alone = elsewhere ? undefined : one([...ids]);
});

/** On another route it is another product, of which the page may tell a while later. */
export const forgetProduct = (): void => {
  alone = undefined;
};

const ofLink = (link: Element | null | undefined): string | undefined =>
  byAddress.get(cleanUrl(link?.getAttribute("href")) ?? "");

const ofImage = (image: Element): string | undefined => byAddress.get(cleanUrl((image as HTMLImageElement).currentSrc) ?? "");

/** The one that is told of; what tells of several is no card but a list of them. */
const one = (found: (string | undefined)[]): string | undefined => {
  const ids = new Set(found.filter(Boolean));
  return ids.size > 1 ? undefined : [...ids][0];
};

/** The product whose card this is, by its link or picture; else the only one of the page, if this is about it. */
export function productInCatalogue(path: Element[]): string | undefined {
  if (!byAddress.size && !alone) return undefined;
  const link = nearest(path, "a[href]");
  const card = nearest(path, CARD);
  const inside = (selector: string): Element[] => [...(card?.querySelectorAll(selector) ?? [])].slice(0, 20);
  const known = ofLink(link) ?? one(inside("a[href]").map(ofLink));
  if (known) return known;
  const seen = one((path[0]?.matches("img") ? [path[0]] : inside("img")).map(ofImage));
  return seen ?? (link || nearest(path, FRINGE) ? undefined : alone);
}
