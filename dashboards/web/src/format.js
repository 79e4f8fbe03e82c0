// How numbers, durations and times read.

import { formatter } from "./zone.js";

const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const ONE = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const PERCENT = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const MINUTE = 60_000;
const DAY = 86_400_000;

/** 12,345 */
export const count = (value) => (value === null || value === undefined ? "–" : WHOLE.format(value));
/** 12.3K, for axes and narrow places. */
export const short = (value) => SHORT.format(value);
/** 4.2 */
export const decimal = (value) => (value === null || value === undefined ? "–" : ONE.format(value));
/** 41.2 %, of a share between 0 and 1. */
export const percent = (share) => (share === null || share === undefined ? "–" : PERCENT.format(share));

/** 48 s, 2 min 05 s, 1 h 12 min */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 10) return `${ONE.format(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 ? `${minutes} min ${String(whole % 60).padStart(2, "0")} s` : `${minutes} min`;
  if (minutes < 2880) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}

/** "1 session", "12 sessions" */
export function things(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** A moment, as precise as the interval asks for. */
export function moment(at, zone, interval = "minute") {
  const options = {
    minute: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
    hour: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
    day: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
    week: { day: "numeric", month: "short", year: "numeric" },
    month: { month: "long", year: "numeric" },
  };
  const text = formatter(zone, options[interval] || options.minute).format(at);
  return interval === "week" ? `Week of ${text}` : text;
}

/** The clock to the second. */
export function clock(at, zone) {
  return formatter(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
}

/** "5 Nov, 09:00 – 12 Nov, 09:00" */
export function span(from, to, zone) {
  const whole = (to - from) % DAY < MINUTE;
  const options = to - from > 3 * DAY && whole ? { day: "numeric", month: "short", year: "numeric" } : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return formatter(zone, options).formatRange(from, to);
}

/** The change from one value to another: the share, its text and direction; null where there is nothing to compare. */
export function change(before, after) {
  if (before === null || before === undefined || after === null || after === undefined) return null;
  if (before === 0) return after === 0 ? { share: 0, text: "0 %", way: "same" } : null;
  const share = (after - before) / before;
  const way = Math.abs(share) < 0.0005 ? "same" : share > 0 ? "up" : "down";
  return { share, text: PERCENT.format(Math.abs(share)), way };
}
