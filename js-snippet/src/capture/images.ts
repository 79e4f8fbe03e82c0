import { cleanUrl, IGNORE, later, on, productId, record } from "../kit";

const HALF = 0.5;
const LONG = 1_000;
const SMALL = 60;
const MAX = 100;

interface Seen {
  since: number;
  timer: number;
}

/** Images that were looked at: half of one on the screen for a second; each address once a page. */
export function captureImages(): void {
  if (!window.IntersectionObserver) return;
  const told = new Set<string>();
  const seen = new Map<Element, Seen>();
  const watched = new WeakSet<Element>();

  const tell = (image: HTMLImageElement, since: number): void => {
    const url = cleanUrl(image.currentSrc);
    observer.unobserve(image);
    if (!url || told.has(url) || told.size >= MAX || image.closest(IGNORE) || document.hidden) return;
    told.add(url);
    const path: Element[] = [];
    for (let up: Element | null = image; up; up = up.parentElement) path.push(up);
    record("image_view", { image_url: url, visible_ms: Math.round(performance.now() - since), product_id: productId(path) });
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, intersectionRatio: ratio, boundingClientRect: box, time } of entries) {
        const known = seen.get(target);
        const enough = ratio >= HALF && box.width >= SMALL && box.height >= SMALL;
        if (enough === !!known) continue;
        if (known) {
          clearTimeout(known.timer);
          seen.delete(target);
        } else seen.set(target, { since: time, timer: later(() => tell(target as HTMLImageElement, time), LONG) });
      }
    },
    { threshold: HALF },
  );
  const watch = (node: unknown): void => {
    if (!(node instanceof HTMLImageElement) || watched.has(node)) return;
    watched.add(node);
    observer.observe(node);
  };
  on(document, "load", ({ target }) => watch(target)); // late ones
  for (const image of document.images) if (image.complete) watch(image);
}
