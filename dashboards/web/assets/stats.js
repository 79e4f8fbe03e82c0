// Figures of the header: interactions a minute with a sparkline, and people now.

import { svg } from "./dom.js";
import { visitor } from "./look.js";

const MINUTE = 60_000;
export const SPAN = 15 * MINUTE;
const RECENT = 5 * MINUTE;
const SLOTS = 30;
const MOST = 50_000;

export class Stats {
  #events = new Map();
  #from = 0;
  #offset = 0;

  /** Takes the collector's clock, for viewers whose own is wrong. */
  clock(date) {
    const offset = date - Date.now();
    if (Number.isFinite(offset)) this.#offset = Math.abs(offset) > 5000 ? offset : 0;
  }

  now() {
    return Date.now() + this.#offset;
  }

  add(rows) {
    const oldest = this.now() - SPAN;
    for (const row of rows) {
      const at = Date.parse(row.created_at);
      if (at >= oldest) this.#events.set(row.interaction_id, { at, bot: Boolean(row.is_bot), who: visitor(row) });
    }
    if (this.#events.size > MOST) this.#forget(oldest);
  }

  /** Nothing older than this moment is known. */
  knownFrom(moment) {
    this.#from = moment;
  }

  #forget(oldest) {
    for (const [id, event] of this.#events)
      if (event.at < oldest || this.#events.size > MOST) this.#events.delete(id);
  }

  /** The figures now; `least` says that more may have happened than is known here. */
  read(bots) {
    const now = this.now();
    this.#forget(now - SPAN);
    const slots = new Array(SLOTS).fill(0);
    const people = new Map();
    let minute = 0;
    for (const { at, bot, who } of this.#events.values()) {
      if (bot && !bots) continue;
      const age = Math.max(0, now - at);
      slots[SLOTS - 1 - Math.min(SLOTS - 1, Math.floor((age / SPAN) * SLOTS))] += 1;
      if (age < MINUTE) minute += 1;
      if (age < RECENT) people.set(who.key, who);
    }
    return { minute, slots, people: [...people.values()], least: this.#from > now - RECENT };
  }
}

/** A sparkline of counts: an area, a line, and a dot at its end. */
export function sparkline(slots) {
  const [width, height, pad] = [120, 28, 3];
  const top = Math.max(4, ...slots);
  const points = slots.map((count, index) => [
    pad + (index / (slots.length - 1)) * (width - 2 * pad),
    height - pad - (count / top) * (height - 2 * pad),
  ]);
  const line = points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
  const [x, y] = points.at(-1);
  return svg(
    "svg",
    {
      class: "sparkline",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": `The last 15 minutes; the busiest half minute had ${Math.max(...slots)}`,
    },
    svg("path", { class: "area", d: `M${points[0][0]} ${height}L${line}L${x} ${height}Z` }),
    svg("path", { class: "line", d: `M${line}` }),
    svg("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 2.5 }),
  );
}
