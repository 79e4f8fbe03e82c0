// Values over time: hover tells them, dragging chooses a window, a click opens what is behind a point, arrow keys
// do what the mouse does, and a table says the same.

import uPlot from "uplot";
import { el } from "../../assets/dom.js";
import { count, moment, short } from "../format.js";
import { legend, table, tip } from "./readout.js";
import { colour, faded, seriesColour } from "./palette.js";

const HEIGHT = 280;
const MIN_DRAG = 6;

function line(name, index, { dash, area, hidden, unsure }) {
  const stroke = seriesColour(index, name);
  return {
    label: name,
    stroke: dash ? faded(stroke, 0.55) : stroke,
    width: dash ? 1.5 : 2,
    dash: dash ? [5, 4] : undefined,
    fill: area ? faded(stroke, 0.12) : undefined,
    show: !hidden,
    points: { show: unsure, size: 6 },
    spanGaps: false,
  };
}

function axes(zone) {
  const common = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, "Segoe UI", Roboto, sans-serif',
  };
  const format = (options) => (at) => new Intl.DateTimeFormat(undefined, { timeZone: zone, hourCycle: "h23", ...options }).format(at * 1000);
  const time = format({ hour: "2-digit", minute: "2-digit" });
  const day = format({ day: "numeric", month: "short" });
  const month = format({ month: "short", year: "numeric" });
  return [
    {
      ...common,
      grid: { show: false },
      space: 84,
      size: 32,
      values: (_, splits, __, ___, step) =>
        splits.map((at, index) => {
          if (step >= 28 * 86400) return month(at);
          if (step >= 86400) return day(at);
          const newDay = index === 0 || day(at) !== day(splits[index - 1]);
          return newDay && time(at) === "00:00" ? day(at) : time(at);
        }),
    },
    { ...common, size: 52, space: 44, values: (_, splits) => splits.map((value) => (Number.isInteger(value) ? short(value) : "")) },
  ];
}

/**
 * A chart of `{interval, times, series, previous}` as `/v1/timeseries` answers.
 *
 * `options`: `zone`, `unit` ("interactions"), `hidden` (a set of names not drawn, kept up to date), `window` (from, to in ms),
 * `zoom(from, to)` and `open(from, to)` in ms.
 */
export function timeline(data, options) {
  const times = data.times.map((time) => Date.parse(time));
  const ends = times.map((_, index) => times[index + 1] ?? options.window.to);
  const before = data.previous?.series.length === data.series.length ? data.previous : null;
  const single = data.series.length === 1;
  const few = times.length < 3;
  const drawn = [
    ...data.series.map((one, index) => ({ name: one.name, values: one.values, index, dash: false })),
    ...(before ? data.series.map((one, index) => ({ name: one.name, values: fit(before.series.find((old) => old.name === one.name)?.values, times.length), index, dash: true })) : []),
  ];
  const holder = el("div", { class: "plot" });
  const read = tip();
  const spoken = el("p", { class: "hidden", "aria-live": "polite" });
  const frame = el(
    "div",
    {
      class: "chart",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "chart",
      "aria-label": `${data.series.map((one) => one.name).join(", ")}: ${options.unit} over time, ${times.length} points. Arrow keys read the points, Enter opens the sessions of one.`,
    },
    holder,
    read.node,
    spoken,
  );

  let place = null;
  function tell(index) {
    place = index;
    if (index === null) return read.hide();
    const rows = drawn
      .filter((one) => !one.dash && !options.hidden.has(one.name))
      .map((one) => ({
        name: single ? options.unit : one.name,
        colour: seriesColour(one.index, one.name),
        value: one.values[index],
        before: drawn.find((old) => old.dash && old.name === one.name)?.values[index],
      }));
    read.show(moment(times[index], options.zone, data.interval), rows, plot.valToPos(times[index] / 1000, "x") + plot.bbox.left / devicePixelRatio, frame.clientWidth);
  }

  const make = (width) =>
    new uPlot(
      {
        width,
        height: HEIGHT,
        padding: [12, 26, 0, 0],
        legend: { show: false },
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), options.zone),
        cursor: {
          drag: { x: true, y: false, setScale: false, dist: MIN_DRAG },
          points: { size: 9, width: 2, fill: colour("--raised") },
          focus: { prox: 24 },
        },
        scales: { x: { time: true, range: (_, low, high) => (low === high ? [low - 1800, high + 1800] : [low, high]) }, y: { range: (_, __, high) => [0, Math.max(high * 1.08, 4)] } },
        series: [{}, ...drawn.map((one) => line(one.name, one.index, { dash: one.dash, area: single && !one.dash, hidden: options.hidden.has(one.name), unsure: few }))],
        axes: axes(options.zone),
        hooks: {
          setCursor: [(chart) => tell(chart.cursor.idx ?? null)],
          setSelect: [
            (chart) => {
              const { left, width: wide } = chart.select;
              if (wide < MIN_DRAG) return;
              const from = Math.round(chart.posToVal(left, "x") * 1000);
              const to = Math.round(chart.posToVal(left + wide, "x") * 1000);
              if (to - from >= 60_000) options.zoom(snap(from, Math.floor), snap(to, Math.ceil));
            },
          ],
        },
      },
      [times.map((time) => time / 1000), ...drawn.map((one) => one.values)],
      holder,
    );
  const snap = (at, round) => round(at / 60_000) * 60_000;

  let plot = null;
  const watch = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (!width) return;
    if (!plot) {
      plot = make(width);
      let down = 0;
      plot.over.addEventListener("pointerdown", (event) => (down = event.clientX));
      plot.over.addEventListener("click", (event) => {
        if (Math.abs(event.clientX - down) < MIN_DRAG && place !== null) options.open(times[place], ends[place]);
      });
    } else plot.setSize({ width, height: HEIGHT });
  });
  watch.observe(holder);

  frame.addEventListener("keydown", (event) => {
    const last = times.length - 1;
    const to = { ArrowLeft: Math.max(0, (place ?? last + 1) - 1), ArrowRight: Math.min(last, (place ?? -1) + 1), Home: 0, End: last }[event.key];
    if (event.key === "Enter" && place !== null) options.open(times[place], ends[place]);
    if (event.key === "Escape" && place !== null) plot?.setCursor({ left: -10, top: -10 });
    if (to === undefined || !plot) return;
    event.preventDefault();
    plot.setCursor({ left: plot.valToPos(times[to] / 1000, "x"), top: HEIGHT / 3 });
    spoken.textContent = read.text();
  });

  const names = single
    ? null
    : legend(data.series.map((one, index) => ({ name: one.name, colour: seriesColour(index, one.name), total: one.values.reduce((sum, value) => sum + value, 0) })), options.hidden, () => {
        drawn.forEach((one, index) => plot?.setSeries(index + 1, { show: !options.hidden.has(one.name) }));
      });
  const values = table(
    ["Time", ...data.series.map((one) => (single ? options.unit : one.name)), ...(before && single ? ["before"] : [])],
    times.map((time, index) => [moment(time, options.zone, data.interval), ...data.series.map((one) => count(one.values[index])), ...(before && single ? [count(drawn[1].values[index])] : [])]),
  );
  return el("div", { class: "timeline" }, frame, names, values);
}

/** As many values as there are places: the period before may have one more or less, at a change of the clock. */
function fit(values, length) {
  return Array.from({ length }, (_, index) => values?.[index] ?? null);
}
