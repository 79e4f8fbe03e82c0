// A heat map on a canvas: each cell a soft spot, spots add up, and the sum becomes a colour.

import { el } from "../../assets/dom.js";

const RADIUS = 1.9; // in cells
const MOST_HEIGHT = 8000; // of the canvas; a longer page is drawn on fewer pixels and stretched
const STOPS = [
  [0, [37, 99, 235, 0]],
  [0.12, [37, 99, 235, 150]],
  [0.4, [16, 185, 129, 185]],
  [0.7, [250, 204, 21, 210]],
  [1, [220, 38, 38, 230]],
]; // prettier-ignore

/** 256 colours from nothing to the hottest. */
function ramp() {
  const colours = new Uint8ClampedArray(256 * 4);
  for (let index = 0; index < 256; index += 1) {
    const share = index / 255;
    const upper = Math.max(1, STOPS.findIndex(([at]) => at >= share));
    const [[low, from], [high, to]] = [STOPS[upper - 1], STOPS[upper]];
    const part = (share - low) / (high - low);
    for (let channel = 0; channel < 4; channel += 1) colours[index * 4 + channel] = from[channel] + (to[channel] - from[channel]) * part;
  }
  return colours;
}

/** One soft spot of white, drawn many times. */
function spot(radius) {
  const stamp = el("canvas", { width: radius * 2, height: radius * 2 });
  const pen = stamp.getContext("2d");
  const fade = pen.createRadialGradient(radius, radius, 0, radius, radius, radius);
  fade.addColorStop(0, "rgb(0 0 0 / 1)");
  fade.addColorStop(1, "rgb(0 0 0 / 0)");
  pen.fillStyle = fade;
  pen.fillRect(0, 0, radius * 2, radius * 2);
  return stamp;
}

/**
 * A canvas to be shown `width` by `height` pixels for `{columns, max_row, cells: [[column, row, count]], page_height_median, viewport_width_median}`.
 * Where most clicks are, it is red: the square root evens out a single hot spot.
 */
export function heat(data, width) {
  const cell = width / data.columns;
  const pageRows = data.viewport_width_median ? (data.page_height_median || 0) / (data.viewport_width_median / data.columns) : 0;
  const height = Math.ceil(Math.max(data.max_row + 2, pageRows, data.columns * 0.5) * cell);
  const canvas = el("canvas", { width, height: Math.min(height, MOST_HEIGHT), class: "heat", "aria-hidden": "true" });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.scale(1, canvas.height / height);
  const most = Math.max(1, ...data.cells.map(([, , count]) => count));
  const radius = Math.max(4, Math.round(cell * RADIUS));
  const stamp = spot(radius);
  for (const [column, row, count] of data.cells) {
    pen.globalAlpha = Math.max(0.12, Math.sqrt(count / most));
    pen.drawImage(stamp, (column + 0.5) * cell - radius, (row + 0.5) * cell - radius);
  }
  const image = pen.getImageData(0, 0, width, canvas.height);
  const colours = ramp();
  for (let index = 0; index < image.data.length; index += 4) {
    const strength = image.data[index + 3];
    if (strength) image.data.set(colours.subarray(strength * 4, strength * 4 + 4), index);
  }
  pen.putImageData(image, 0, 0);
  return { canvas, cell, height };
}
