// Loaded when a picture is wanted: of what the visitor sees, or of one element. Never of what someone typed, nor of
// what is masked or ignored; it is painted from a copy of the page, and that copy is what we blank.
import { domToBlob } from "modern-screenshot";
import { brought, EDITABLE, endpoint, IGNORE, log, MASK, maySend, scrub } from "../kit";

const PATIENCE = 1_500; // ms for each picture in the page
const QUALITY = 0.6;
const GREY = "#d0d0d0";
const PLACEHOLDER =
  `data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><rect width="1" height="1" fill="${GREY.replace("#", "%23")}"/></svg>`;
const FIELD = `input,textarea,select,${EDITABLE}`;
const BLANK = `${IGNORE},${FIELD}`;
/** What would be painted from what it shows, not from what is inside. */
const SHOWN = "canvas,video,iframe,object,embed";
const CODE = "style,script";
/** What `scrub` takes out of a text, where it stands in several: `ann@<wbr>example.com`, `<b>4111</b> 1111 1111 1111`. */
const GAP = "[ -]{0,3}";
const BROKEN = new RegExp(
  `[^\\s@]+ {0,3}@ {0,3}[^\\s@]+ {0,3}\\.[^\\s@\\d]{2,}|` + // and not the days of a calendar:
    `\\b\\d{4}${GAP}(?:\\d{6}${GAP}\\d{5}|(?:\\d{4}${GAP}){2}\\d{1,7})\\b`,
  "g",
);
const CLEANED = /\[(email|number|token)\]/;

const isElement = (node: Node): node is Element => node.nodeType === 1;

/** What a node is shown in: the slot that it was put into, its parent, or what has the shadow root. */
const around = (node: Node): Element | null =>
  (node as Element).assignedSlot ?? node.parentElement ?? (node.getRootNode() as ShadowRoot).host ?? null;

/** Its box may be seen, what is inside may not. The nearest mark counts. */
function blank(element: Element): boolean {
  let masked: boolean | undefined;
  for (let up: Element | null = element; up; up = around(up)) {
    if (up.matches(BLANK)) return true;
    if (up.matches(`${MASK},[data-ix-unmask]`)) masked ??= !up.matches("[data-ix-unmask]");
  }
  return !!masked;
}

/** The copy of one node, before it is painted. */
function clean(copy: Node): void {
  if (copy.nodeType !== 1) return;
  const element = copy as HTMLElement;
  if (element.matches(CODE)) return; // `@media` is no address
  for (const child of element.childNodes) {
    const text = child.nodeType === 3 && scrub(child.nodeValue, 10_000);
    if (text && CLEANED.test(text)) child.nodeValue = text;
  }
  if (element.matches(FIELD)) {
    for (const name of ["value", "placeholder", "checked"]) element.removeAttribute(name);
    (element as HTMLInputElement).value = "";
  }
  if (!element.matches(`${IGNORE},${MASK}`)) return;
  for (const name of ["src", "srcset", "alt", "title"]) element.removeAttribute(name);
  element.style.background = GREY;
}

/** All of the copy: letter by letter, so that everything keeps its place. */
function cleanAcross(root: Node): void {
  const texts: [from: number, text: Text][] = [];
  let all = "";
  const walker = document.createTreeWalker(root, 4 /* texts */);
  while (walker.nextNode()) {
    const text = walker.currentNode as Text;
    if (text.parentElement?.matches(CODE)) continue;
    texts.push([all.length, text]);
    all += text.data.replace(/\s/g, " ") + " ";
  }
  for (const { 0: found, index } of all.matchAll(BROKEN)) {
    for (const [from, text] of texts) {
      const start = Math.max(index - from, 0);
      const count = Math.min(index + found.length - from, text.length) - start;
      if (count > 0) text.replaceData(start, count, "•".repeat(count));
    }
  }
}

/** What is fixed to the screen stands where it was seen, although the copy has scrolled. */
function unfix({ style }: HTMLElement): void {
  if (style.position !== "fixed") return;
  style.inset = `${(parseFloat(style.top) || 0) + scrollY}px auto auto ${(parseFloat(style.left) || 0) + scrollX}px`;
}

/** A grey box in the place of what shows something of its own, which is not even asked for it. */
function standIn(element: Element): HTMLElement {
  const box = document.createElement("div");
  const seen = getComputedStyle(element);
  for (const name of seen) box.style.setProperty(name, seen.getPropertyValue(name));
  if (seen.display === "inline") box.style.display = "inline-block";
  box.style.background = GREY;
  return box;
}

/** What is seen behind an element. */
function backdrop(element: Element | null): string {
  for (let up = element; up; up = up.parentElement) {
    const { backgroundColor: colour } = getComputedStyle(up);
    if (!/^(transparent|rgba\(0, 0, 0, 0\))$/.test(colour)) return colour;
  }
  return "#fff";
}

async function paint(only: Element | undefined): Promise<Blob> {
  const root = only ?? document.documentElement;
  const [width, height] = only ? [only.clientWidth, only.clientHeight] : [innerWidth, innerHeight];
  const outside = new Map<Element, boolean>();
  /** Far from the screen: its box keeps its place, what is inside is not copied. */
  const isOutside = (element: Element): boolean => {
    const known = outside.get(element);
    if (known !== undefined) return known;
    const box = element.getBoundingClientRect();
    const sized = box.width > 0 && box.height > 0;
    const is = sized && (box.bottom < 0 || box.right < 0 || box.top > innerHeight || box.left > innerWidth);
    outside.set(element, is);
    return is;
  };
  /** The elements that are being copied, outermost first: how many of their children were, and what is to stand among them. */
  const open: { copied: number; boxes: [at: number, box: HTMLElement][] }[] = [{ copied: 0, boxes: [] }];
  const place = (box: HTMLElement): void => {
    if (!only) unfix(box);
    const parent = open[open.length - 1];
    parent?.boxes.push([parent.copied++, box]);
  };
  return domToBlob(root, {
    width,
    height,
    type: "image/webp",
    quality: QUALITY,
    timeout: PATIENCE,
    font: false,
    backgroundColor: backdrop(only ?? document.body),
    fetch: { placeholderImage: PLACEHOLDER },
    style: { margin: "0" },
    filter: (node) => {
      const parent = around(node);
      if (parent && (blank(parent) || (!only && isOutside(parent)))) return false;
      if (isElement(node)) {
        if (/^(noscript|source)$/.test(node.localName)) return false; // a source would win over what was fetched
        if (node.matches(SHOWN)) return place(standIn(node)), false;
      }
      const within = open[open.length - 1];
      if (within) within.copied++;
      if (isElement(node)) open.push({ copied: 0, boxes: [] });
      return true;
    },
    onCloneEachNode: (copy) => {
      clean(copy);
      for (const [at, box] of open.pop()?.boxes ?? []) copy.insertBefore(box, copy.childNodes[at] ?? null);
      if (!only && isElement(copy)) unfix(copy as HTMLElement);
    },
    onCloneNode: (copy) => {
      cleanAcross(copy);
      const { style } = copy as HTMLElement;
      if (only) return;
      // The whole page as large as it is, moved to where it was scrolled.
      style.setProperty("width", root.clientWidth + "px", "important");
      style.setProperty("height", root.scrollHeight + "px", "important");
      style.transform = `translate(${-scrollX}px,${-scrollY}px)`;
      style.transformOrigin = "0 0";
    },
  });
}

/** Paints and uploads; returns the image's id, or nothing where it could not be had. */
brought.shoot = async (only) => {
  if (!maySend() || (only && blank(only))) return undefined;
  const picture = await paint(only);
  if (!maySend()) return undefined; // it was taken back meanwhile
  // Without a media type there is no preflight; the collector looks at the bytes.
  const answer = await fetch(endpoint.replace(/[^/]*\?/, "images?"), { method: "POST", body: new Blob([picture]), credentials: "omit" });
  const said = (await answer.json()) as { image_id?: string };
  log("picture", answer.status, picture.size, said.image_id);
  return said.image_id;
};
