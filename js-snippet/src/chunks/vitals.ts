// Loaded where the tag carries `data-vitals`: how fast the page felt.
import { onCLS, onFCP, onINP, onLCP, onTTFB, type Metric } from "web-vitals";
import { outwards } from "../dom/outwards";
import { describe, guard, IGNORE, nearest, record } from "../kit";
import { onLeave, say } from "../delivery/before-flush";

const SLOW = 200;
const MAX = 10;

interface Timing extends PerformanceEntry {
  interactionId?: number;
  target?: Node | null;
}

/** What may still change waits for the page to go, so that all of it shares the last request. */
const latest = new Map<string, number>();
const told = new Map<string, number>();

function tell(name: string, value: number, how: typeof say = record): void {
  if (told.get(name) === value) return;
  told.set(name, value);
  how("web_vital", { metric: name, value: Math.round(value * 1e4) / 1e4 });
}

/** What was slow to answer, each interaction once: `metric` is `slow`, `value` the ms until the next paint. */
function watchSlow(): void {
  const seen = new Set<number>();
  const look = guard((entries: PerformanceObserverEntryList) => {
    for (const { interactionId: id, target, duration, name } of entries.getEntries() as Timing[]) {
      if (!id || seen.has(id) || seen.size >= MAX || !(target instanceof Element)) continue;
      const path = outwards(target);
      if (nearest(path, IGNORE)) continue;
      seen.add(id);
      record("web_vital", { metric: "slow", value: Math.round(duration), message: name, target: describe(target, path, true) });
    }
  });
  new PerformanceObserver(look).observe({ type: "event", durationThreshold: SLOW } as PerformanceObserverInit);
}

guard(() => {
  const final = guard(({ name, value }: Metric) => tell(name, value));
  onFCP(final);
  onTTFB(final);
  const keep = guard(({ name, value }: Metric) => {
    latest.set(name, value);
    if (document.hidden) tell(name, value); // it is hidden already: a last word comes after ours
  });
  for (const watch of [onCLS, onINP, onLCP]) watch(keep, { reportAllChanges: true });
  onLeave(() => latest.forEach((value, name) => tell(name, value, say)));
  if (PerformanceObserver.supportedEntryTypes?.includes("event")) watchSlow();
})();
