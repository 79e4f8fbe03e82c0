import { onLeave, say } from "../delivery/before-flush";
import { later, on, record } from "../kit";
import { onRoute } from "./route";

const PAUSE = 200;

let bottom = 0; // deepest pixel seen
let height = 0;
let quarter = 0; // the last one reported, or seen without scrolling
let told = 0; // deepest pixel reported
let moved = false;
let timer = 0;

const depth = (): number => Math.round((bottom / height) * 100);

function read(): void {
  height = document.documentElement.scrollHeight;
  bottom = Math.max(bottom, Math.min(height, scrollY + innerHeight));
}

function tell(how: typeof say, where: { url?: string | undefined }): void {
  // Back to the top is no scroll: routes begin with it.
  if (!moved || bottom <= told || bottom <= innerHeight) return;
  told = bottom;
  how("scroll", { depth: Math.min(100, depth()), page_height: height, ...where });
}

/** After a pause, so that reading costs no layout of its own. */
function check(): void {
  timer ||= later(() => {
    timer = 0;
    read();
    const now = depth() / 25 | 0;
    if (now > quarter) tell(record, {});
    quarter = now; // also less than before: a page that grew has new quarters
    if (!moved) told = bottom; // what the first screen shows was not scrolled to
  }, PAUSE);
}

/** The last word about what was seen. */
function finish(how: typeof say, where = {}): void {
  if (timer) read();
  tell(how, where);
}

export function captureScroll(): void {
  moved = scrollY > 0; // before we came
  on(window, "scroll", (event) => {
    if (event.target !== document) return; // a list that scrolls inside the page
    moved = true;
    check();
  });
  onLeave(() => finish(say));
  // The route changed: what was seen belongs to the old one.
  onRoute((url) => {
    finish(record, { url });
    bottom = told = quarter = 0;
    moved = false;
    check();
  });
  check();
  // Pages grow.
  new ResizeObserver(check).observe(document.documentElement);
}
