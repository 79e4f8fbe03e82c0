// Moments in a time zone: how they read, and which moment a wall clock shows.

const PARTS = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
const made = new Map();

/** A formatter, kept: making one takes longer than using it a thousand times. */
export function formatter(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(undefined, { timeZone: zone, hourCycle: "h23", ...options }));
  return made.get(key);
}

/** The browser's own zone. */
export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** Whether the name is a zone this browser knows. */
export function isZone(name) {
  try {
    formatter(name, {});
    return true;
  } catch {
    return false;
  }
}

/** All zones, for a list to choose from. */
export function zones() {
  return [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];
}

/** The wall clock of a zone at a moment (ms), as the ms that UTC would show the same clock at. */
export function wall(moment, zone) {
  const parts = { ...PARTS };
  for (const { type, value } of formatter(zone, { ...PARTS, calendar: "gregory", numberingSystem: "latn" }).formatToParts(moment))
    parts[type] = Number(value);
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
}

/** The moment (ms) at which a zone's clock shows `clock`; where the hour is skipped or comes twice, one nearby. */
export function momentOf(clock, zone) {
  let moment = clock - (wall(clock, zone) - clock);
  moment -= wall(moment, zone) - clock;
  return moment;
}

/** The start of the day, in the zone, that many days ago. */
export function dayStart(moment, zone, daysAgo = 0) {
  const clock = new Date(wall(moment, zone));
  return momentOf(Date.UTC(clock.getUTCFullYear(), clock.getUTCMonth(), clock.getUTCDate() - daysAgo), zone);
}

/** The value of an input of type datetime-local, for a moment. */
export function toInput(moment, zone) {
  return new Date(wall(moment, zone)).toISOString().slice(0, 16);
}

/** The moment an input of type datetime-local names, or null. */
export function fromInput(text, zone) {
  const clock = Date.parse(`${text}Z`);
  return Number.isNaN(clock) ? null : momentOf(clock, zone);
}
