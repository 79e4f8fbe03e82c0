// The colours of the style sheet, for what is drawn on a canvas.

/** The value of a custom property. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The colour of the nth series; "other" is grey. */
export function seriesColour(index, name) {
  return name === "other" ? colour("--s-other") : colour(`--s${(index % 8) + 1}`);
}

/** A colour with an opacity. */
export function faded(name, share) {
  return `color-mix(in srgb, ${name} ${Math.round(share * 100)}%, transparent)`;
}
