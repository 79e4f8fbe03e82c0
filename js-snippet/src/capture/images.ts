import { outwards } from "../dom/outwards";
import { beforeFlush, say } from "../delivery/before-flush";
import { cleanUrl, flushIn, guard, IGNORE, later, nearest, on, productId, soon, whenIdle } from "../kit";
import { onRoute } from "./route";

const HALF = 0.5;
const LONG = 1_000;
const SMALL = 60;
const MAX = 100;
/** Until then most pages have built their components. */
const SETTLED = 4_000;

/** What came on the screen: a gallery may show another picture, or a page take it away, before it is told. */
interface Look {
  since: number;
  url: string;
  path: Element[];
}

/** Images that were looked at: half of one on the screen for a second; each address once a page. They are told when
 *  something is sent, or when they go: a timer for each would wake the page once more. */
export function captureImages(): void {
  const told = new Set<string>();
  const looks = new Map<Element, Look>();
  const roots = new WeakSet<Node>();

  const tell = (image: Element, where = {}): void => {
    const { since = Infinity, url = "", path = [] } = looks.get(image) ?? {};
    const ms = Math.round(performance.now() - since);
    if (ms < LONG) return;
    looks.delete(image);
    observer.unobserve(image);
    if (told.has(url) || told.size >= MAX || nearest(path, IGNORE)) return; // others may have been told meanwhile
    told.add(url);
    const view = { image_url: url, visible_ms: ms, product_id: productId(path) };
    say("image_view", { at: Date.now() - ms + LONG /* before a click on it */, ...view, ...where });
  };
  const tellLater = (): void => flushIn(Math.max(2 * soon, LONG));
  const tellAll = (where?: object): void => {
    for (const image of looks.keys()) tell(image, where);
  };
  /** It went off the screen, or is another picture now. */
  const settle = (image: Element): void => {
    if (!looks.has(image)) return;
    tell(image);
    looks.delete(image);
    tellLater();
  };
  /** From the beginning: the observer says once more whether it is on the screen, in the next frame that there is. */
  const watch = (image: unknown): void => {
    if (!(image instanceof HTMLImageElement)) return;
    settle(image);
    observer.unobserve(image);
    observer.observe(image);
    requestAnimationFrame(Boolean); // or WebKit, where nothing moves, looks only after two seconds
  };
  const observer = new IntersectionObserver(
    guard((entries) => {
      for (const { target, intersectionRatio: ratio, boundingClientRect: box, time } of entries) {
        const enough = ratio >= HALF && box.width >= SMALL && box.height >= SMALL;
        if (enough === looks.has(target)) continue;
        const url = enough && cleanUrl((target as HTMLImageElement).currentSrc);
        if (!enough) settle(target);
        else if (url && !told.has(url) && told.size < MAX) {
          looks.set(target, { since: time, url, path: outwards(target) });
          tellLater();
        }
      }
    }),
    { threshold: HALF },
  );
  /** Also in open shadow roots, of which no event tells: they are looked for now and then. */
  const search = (root: Document | ShadowRoot, anew?: boolean): void => {
    const known = roots.has(root);
    roots.add(root);
    if (!known) on(root, "load", ({ target }) => watch(target)); // late ones, and others in the same place
    if (!known || anew) for (const image of root.querySelectorAll("img")) if (image.complete) watch(image);
    for (const { shadowRoot } of root.querySelectorAll("*")) if (shadowRoot) search(shadowRoot, anew);
  };

  const begin = (): void => {
    search(document, true);
    later(() => search(document), SETTLED);
  };

  beforeFlush(() => {
    tellAll();
    if (document.hidden) {
      // Who looks elsewhere begins again.
      const interrupted = [...looks.keys()];
      looks.clear();
      interrupted.forEach(watch);
    }
    if (looks.size) tellLater();
    whenIdle(() => search(document));
  });
  onRoute((url) => {
    tellAll({ url });
    told.clear();
    begin();
  });
  begin();
}
