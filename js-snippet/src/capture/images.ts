import { outwards } from "../dom/outwards";
import { cleanUrl, IGNORE, later, nearest, on, productId, record } from "../kit";
import { onRoute } from "./route";

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
  const told = new Set<string>();
  const seen = new Map<Element, Seen>();

  const forget = (image: Element): void => {
    observer.unobserve(image);
    clearTimeout(seen.get(image)?.timer);
    seen.delete(image);
  };
  /** From the beginning: the observer says once more whether it is on the screen, in the next frame that there is. */
  const watch = (image: unknown): void => {
    if (!(image instanceof HTMLImageElement)) return;
    forget(image);
    observer.observe(image);
    requestAnimationFrame(Boolean); // or WebKit, where nothing moves, looks only after two seconds
  };
  const tell = (image: HTMLImageElement, since: number): void => {
    if (document.hidden) return watch(image);
    forget(image);
    const url = cleanUrl(image.currentSrc);
    const path = outwards(image);
    if (!url || told.has(url) || told.size >= MAX || nearest(path, IGNORE)) return;
    told.add(url);
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
  const watchAll = (): void => {
    for (const image of document.images) if (image.complete) watch(image);
  };
  on(document, "load", ({ target }) => watch(target)); // late ones, and others in the same place
  onRoute(() => {
    told.clear();
    watchAll();
  });
  watchAll();
}
