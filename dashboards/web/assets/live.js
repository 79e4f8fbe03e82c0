// The live page: what is shown, in which state, and what the controls do.

import { byId } from "./dom.js";
import { interactions, signOut, Stream, together } from "./feed.js";
import { readAddress, writeAddress } from "./live-address.js";
import { offerValues, showFilters } from "./live-filters.js";
import { showConnection, showFigures, showNotice } from "./live-head.js";
import { RowList } from "./live-list.js";
import { showEmpty, showError, showLoading, showSignIn } from "./live-states.js";
import { seeCurrent } from "./nav.js";
import { matches, Records } from "./records.js";
import { allFields } from "./row.js";
import { SPAN, Stats } from "./stats.js";

const FIRST_ROWS = 50;
const MOST_ROWS = 300;
const DRAW_MS = 150;
const FIGURES_MS = 1000;
const ANNOUNCE_MS = 5000;
const RETRY_MS = 4000;
const OVERLAP_MS = 60_000;

const filters = byId("filters");
const inbox = together((rows) => arrived(rows));
const list = new RowList(byId("list"), (record, body) => body.replaceChildren(...allFields(record.row, narrow)));
const ways = {
  again: () => begin(),
  allSites: () => narrow({ site: "" }),
  everything: () => narrow({ site: "", event: "", text: "" }),
  showBots: () => narrow({ bots: true }),
};

let records = new Records();
let stats = new Stats();
let stream = null;
let phase = "loading";
let live = false;
let wasLive = false;
let cleared = false;
let paused = false;
let held = [];
let unread = 0;
let drawing = 0;
let retry = 0;
let start = 0;
let wanted = readAddress();

/** Other filters. */
function narrow(change) {
  const before = wanted;
  wanted = { ...wanted, ...change };
  writeAddress(wanted);
  showFilters(wanted);
  if (wanted.site !== before.site) begin();
  else if (wanted.event !== before.event) look(FIRST_ROWS).catch(refused);
  draw();
}

// --- reading

async function look(limit, since = 0) {
  const mine = records;
  const asked = await interactions({ site: wanted.site, event: wanted.event, limit });
  if (mine !== records) return;
  stats.clock(asked.date);
  arrived(asked.rows.filter((row) => Date.parse(row.received_at) >= since));
  tellNotice();
}

/** What came in since we last heard from the collector. */
function catchUp() {
  return look(MOST_ROWS, records.newest - OVERLAP_MS);
}

/** What happened before we came, for the figures only. */
async function lookBack() {
  const mine = stats;
  const from = Math.round(mine.now() - SPAN);
  const { rows: found, more } = await interactions({ site: wanted.site, from, limit: 1000 });
  mine.add(found);
  if (more && found.length) mine.knownFrom(Date.parse(found.at(-1).created_at));
  tellFigures();
}

function arrived(found) {
  stats.add(found);
  offerValues(found, wanted);
  if (paused) {
    held.push(...found);
    const known = new Set(records.all.map((record) => record.id));
    const fresh = new Map(
      held.filter((row) => !known.has(row.interaction_id)).map((row) => [row.interaction_id, row]),
    );
    held = [...fresh.values()].slice(-MOST_ROWS * 4);
    showWaiting();
    return;
  }
  const fresh = records.add(found);
  if (phase === "ready") unread += fresh.filter((record) => matches(record, wanted)).length;
  if (fresh.length) draw();
}

// --- states

async function begin(again = false) {
  const mine = ++start;
  stream?.end();
  clearTimeout(retry);
  records = new Records();
  stats = new Stats();
  held = [];
  inbox.clear();
  list.clear();
  live = wasLive = cleared = false;
  if (!again) setPhase("loading");
  try {
    await look(FIRST_ROWS);
  } catch (error) {
    if (mine === start && !refused(error)) retry = setTimeout(begin, RETRY_MS, true);
    return;
  }
  if (mine !== start) return;
  setPhase("ready");
  stream = new Stream(wanted.site, {
    row: inbox.push,
    look: catchUp,
    state: (now) => {
      live = now === "live";
      wasLive ||= live;
      tellConnection();
      tellNotice();
    },
    refused,
  });
  lookBack().catch(() => {});
}

/** Shows what went wrong. True when trying again by itself would not help. */
function refused(error) {
  if (error.status === 401 || error.reason === "scope_missing") {
    stream?.end();
    setPhase("signin", error.status === 401 ? "" : error.message);
    return true;
  }
  if (error.status === 403 || error.status === 422) {
    stream?.end();
    setPhase("error", error);
    return true;
  }
  if (phase === "loading" || phase === "error") setPhase("error", error);
  else tellNotice(error);
  return false;
}

function setPhase(next, about) {
  phase = next;
  const inside = phase === "ready";
  byId("dials").hidden = !inside;
  filters.hidden = !inside && phase !== "loading";
  byId("sign-out").hidden = phase === "signin" || phase === "error";
  byId("list").hidden = !inside;
  if (!inside) byId("waiting").hidden = true;
  tellConnection();
  tellNotice();
  if (phase === "loading") showLoading();
  if (phase === "error") showError(about, ways);
  if (phase === "signin") showSignIn(about, entered);
  if (inside) draw();
}

async function entered() {
  await begin();
  if (phase === "ready") byId("interactions").focus();
}

function tellConnection() {
  showConnection(phase !== "ready" ? phase : paused ? "paused" : live ? "live" : stream ? "reconnecting" : "loading");
}

function tellNotice(error) {
  const lost = wasLive && !live;
  const text =
    error && error.status !== 0
      ? `${error.message}. Trying again.`
      : (error || lost) && phase === "ready"
        ? "The collector does not answer. What you see stays; what you miss is read as soon as it is back."
        : "";
  showNotice(text, () => stream?.hurry());
}

function tellFigures() {
  if (phase === "ready") showFigures(stats.read(wanted.bots));
}

// --- drawing

function draw() {
  drawing ||= setTimeout(() => requestAnimationFrame(drawNow), list.size ? DRAW_MS : 0);
}

function drawNow() {
  drawing = 0;
  if (phase !== "ready") return;
  const { shown, bots } = list.draw(records.all, wanted, stats.now());
  const count = byId("bot-count");
  count.textContent = bots;
  count.hidden = bots === 0;
  showEmpty({ shown, known: records.all.length, bots, wanted, cleared }, ways);
  tellFigures();
}

function showWaiting() {
  const button = byId("waiting");
  const count = held.filter((row) => matches({ row, text: "" }, wanted)).length;
  button.hidden = !paused || count === 0;
  button.textContent = `Show ${count} new`;
}

// --- controls

function pause(on) {
  paused = on;
  byId("pause").textContent = paused ? "Resume" : "Pause";
  byId("pause").classList.toggle("on", paused);
  if (!paused) {
    const waiting = held;
    held = [];
    arrived(waiting);
  }
  showWaiting();
  tellConnection();
}

showFilters(wanted);

filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("change", () => {
  const { site, event, bots } = filters.elements;
  narrow({ site: site.value, event: event.value, bots: bots.checked });
});
filters.elements.text.addEventListener("input", () => narrow({ text: filters.elements.text.value.trim() }));
byId("pause").addEventListener("click", () => pause(!paused));
byId("waiting").addEventListener("click", () => pause(false));
byId("clear").addEventListener("click", () => {
  records.add(held);
  held = [];
  records.clear();
  cleared = true;
  showWaiting();
  draw();
});
byId("sign-out").addEventListener("click", async () => {
  stream?.end();
  await signOut().catch(() => {});
  start += 1;
  setPhase("signin");
});
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.repeat || event.ctrlKey || event.metaKey || event.altKey || phase !== "ready")
    return;
  if (event.target.closest("input, select, textarea, button, a, summary")) return;
  event.preventDefault();
  pause(!paused);
});
addEventListener("online", () => stream?.hurry());
addEventListener("visibilitychange", () => document.visibilityState === "visible" && stream?.hurry());
addEventListener("popstate", () => {
  wanted = readAddress();
  showFilters(wanted);
  begin();
});

setInterval(tellFigures, FIGURES_MS);
setInterval(() => {
  if (!unread || paused) return;
  byId("announcer").textContent = `${unread} new ${unread === 1 ? "interaction" : "interactions"}`;
  unread = 0;
}, ANNOUNCE_MS);

seeCurrent(document.querySelector("header nav"));
begin();
