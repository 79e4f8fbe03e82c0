// The live page: what is shown, in which state, and what the controls do.

import { byId, copyButton, el } from "./dom.js";
import { interactions, signIn, signOut, Stream } from "./feed.js";
import { EVENT_NAMES } from "./look.js";
import { matches, Records } from "./records.js";
import { allFields, makeRow } from "./row.js";
import { SPAN, sparkline, Stats } from "./stats.js";

const FIRST_ROWS = 50;
const MOST_ROWS = 300;
const DRAW_MS = 150;
const FIGURES_MS = 1000;
const ANNOUNCE_MS = 5000;
const RETRY_MS = 4000;
const OVERLAP_MS = 60_000;
const NEW_MS = 10_000;
const INBOX_MS = 60;
const MOST_INBOX = 5000;
const MOST_OPTIONS = 200;

const list = byId("list");
const state = byId("state");
const filters = byId("filters");
const rows = new Map();

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
let inbox = [];
let emptying = 0;
let start = 0;
let wanted = readAddress();

// --- filters, in the address

function readAddress() {
  const query = new URLSearchParams(location.search);
  const get = (name) => query.get(name) || "";
  return { site: get("site"), event: get("event"), text: get("text"), bots: get("bots") === "1" };
}

function writeAddress() {
  const query = new URLSearchParams();
  for (const name of ["site", "event", "text"]) if (wanted[name]) query.set(name, wanted[name]);
  if (wanted.bots) query.set("bots", "1");
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
}

function offer(select, name) {
  if (!name || (select.length > MOST_OPTIONS && name !== wanted[select.name])) return;
  if (![...select.options].some((option) => option.value === name))
    select.append(el("option", { value: name }, name));
}

function showFilters() {
  const { site, event, text, bots } = filters.elements;
  offer(site, wanted.site);
  offer(event, wanted.event);
  for (const select of [site, event]) select.classList.toggle("set", Boolean(wanted[select.name]));
  site.value = wanted.site;
  event.value = wanted.event;
  if (text.value !== wanted.text) text.value = wanted.text;
  bots.checked = wanted.bots;
}

function narrow(change) {
  const before = wanted;
  wanted = { ...wanted, ...change };
  writeAddress();
  showFilters();
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
  showNotice();
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
  showFigures();
}

function arrived(found) {
  stats.add(found);
  for (const name of new Set(found.map((row) => row.site))) offer(filters.elements.site, name);
  for (const name of new Set(found.map((row) => row.event_name))) offer(filters.elements.event, name);
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

/** Rows of the stream come one by one; they are taken together. */
function emptyInbox() {
  emptying = 0;
  const found = inbox;
  inbox = [];
  arrived(found);
}

// --- states

async function begin(again = false) {
  const mine = ++start;
  stream?.end();
  clearTimeout(retry);
  records = new Records();
  stats = new Stats();
  held = [];
  inbox = [];
  rows.clear();
  list.replaceChildren();
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
    row: (row) => {
      if (inbox.push(row) > MOST_INBOX) inbox.shift();
      emptying ||= setTimeout(emptyInbox, INBOX_MS);
    },
    look: catchUp,
    state: (now) => {
      live = now === "live";
      wasLive ||= live;
      showConnection();
      showNotice();
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
  else showNotice(error);
  return false;
}

function setPhase(next, about) {
  phase = next;
  const inside = phase === "ready";
  byId("dials").hidden = !inside;
  filters.hidden = !inside && phase !== "loading";
  byId("sign-out").hidden = phase === "signin" || phase === "error";
  list.hidden = !inside;
  if (!inside) byId("waiting").hidden = true;
  showConnection();
  showNotice();
  if (phase === "loading")
    showState("loading", el("p", { class: "muted" }, "Reading the latest interactions …"), ...skeleton());
  if (phase === "error") showState("error", ...whatWentWrong(about));
  if (phase === "signin") {
    showState("signin", byId("signing-in").content.cloneNode(true));
    if (about) byId("key-problem").textContent = about;
    byId("sign-in").addEventListener("submit", enter);
    byId("key").focus();
  }
  if (inside) draw();
}

function showState(name, ...content) {
  if (state.dataset.state === name && !["error", "signin"].includes(name)) return;
  state.dataset.state = name;
  state.replaceChildren(...content);
  state.hidden = !name;
}

function skeleton() {
  return Array.from({ length: 6 }, () => el("div", { class: "skeleton", "aria-hidden": "true" }));
}

function whatWentWrong(error) {
  const again = el("button", { type: "button", class: "strong", onclick: () => begin() }, "Try now");
  if (error.reason === "site_not_allowed") {
    return [
      el("h2", {}, "This site is not yours to read"),
      el("p", {}, `${error.message}.`),
      el("button", { type: "button", class: "strong", onclick: () => narrow({ site: "" }) }, "Show all sites"),
    ];
  }
  if (error.status === 0) {
    return [
      el("h2", {}, "The collector does not answer"),
      el("p", {}, "See whether it runs, and start it where it lives. This page tries again by itself."),
      el("pre", { class: "code" }, el("code", {}, "collector serve")),
      again,
    ];
  }
  if (error.status === 422) {
    return [
      el("h2", {}, "The filters can't be used"),
      el("p", {}, `${error.message}.`),
      el("button", { type: "button", class: "strong", onclick: noFilters }, "Show everything"),
    ];
  }
  return [
    el("h2", {}, "The interactions can't be read now"),
    el("p", {}, `${error.message}.`),
    el("p", { class: "muted" }, "This page tries again by itself. The collector's log says more."),
    again,
  ];
}

async function enter(event) {
  event.preventDefault();
  const problem = byId("key-problem");
  const button = event.target.querySelector("button");
  problem.textContent = "";
  button.disabled = true;
  try {
    await signIn(byId("key").value.trim());
    await begin();
    if (phase === "ready") byId("interactions").focus();
  } catch (error) {
    problem.textContent = error.status === 401 ? "This key is unknown, or lacks the scope read." : error.message;
    byId("key").select();
  } finally {
    button.disabled = false;
  }
}

function showConnection() {
  const names = {
    live: "Live",
    paused: "Paused",
    reconnecting: "Reconnecting",
    loading: "Connecting",
    signin: "Not signed in",
    error: "No connection",
  };
  const now = phase !== "ready" ? phase : paused ? "paused" : live ? "live" : stream ? "reconnecting" : "loading";
  const place = byId("connection");
  if (place.dataset.state !== now) place.dataset.state = now;
  if (place.textContent !== names[now]) place.textContent = names[now];
  document.title = `${now === "live" ? "Live" : names[now]} · Interaction collector`;
}

function showNotice(error) {
  const notice = byId("notice");
  const lost = wasLive && !live;
  const text =
    error && error.status !== 0
      ? `${error.message}. Trying again.`
      : (error || lost) && phase === "ready"
        ? "The collector does not answer. What you see stays; what you miss is read as soon as it is back."
        : "";
  notice.hidden = !text;
  if (!text) return void notice.replaceChildren();
  if (notice.firstChild?.textContent === text) return;
  notice.replaceChildren(
    el("span", {}, text),
    el("button", { type: "button", class: "quiet", onclick: () => stream?.hurry() }, "Try now"),
  );
}

// --- drawing

function draw() {
  drawing ||= setTimeout(
    () => {
      requestAnimationFrame(drawNow);
    },
    rows.size ? DRAW_MS : 0,
  );
}

function drawNow() {
  drawing = 0;
  if (phase !== "ready") return;
  const shown = [];
  let bots = 0;
  for (const record of records.all) {
    if (record.row.is_bot) bots += 1;
    if (shown.length < MOST_ROWS && matches(record, wanted)) shown.push(record);
  }
  const keep = new Set(shown.map((record) => record.id));
  for (const [id, row] of rows) {
    if (!keep.has(id)) {
      row.remove();
      rows.delete(id);
    }
  }
  const first = rows.size === 0;
  let next = list.firstElementChild;
  for (const record of shown) {
    let row = rows.get(record.id);
    if (!row) {
      row = makeRow(record, opened);
      rows.set(record.id, row);
      if (!first && record.at > stats.now() - NEW_MS) row.classList.add("new");
    }
    if (row === next) next = next.nextElementSibling;
    else list.insertBefore(row, next);
  }
  const count = byId("bot-count");
  count.textContent = bots;
  count.hidden = bots === 0;
  showEmpty(shown.length, bots);
  showFigures();
}

function showEmpty(shown, bots) {
  list.hidden = shown === 0;
  if (shown) return showState("");
  if (records.all.length === bots && bots && !wanted.event && !wanted.text) {
    return showState(
      "bots",
      el("h2", {}, "Only bots so far"),
      el("p", {}, `${bots} interactions came from programs.`),
      el("button", { type: "button", class: "strong", onclick: () => narrow({ bots: true }) }, "Show bots"),
    );
  }
  if (wanted.event || wanted.text) {
    return showState(
      "none",
      el("h2", {}, "Nothing matches"),
      el("p", {}, "No interaction at hand passes the filters. New ones that do appear here."),
      el("button", { type: "button", class: "strong", onclick: noFilters }, "Show everything"),
    );
  }
  if (cleared) {
    return showState(
      "cleared",
      el("h2", {}, "Cleared"),
      el("p", {}, "New interactions appear here. Reload the page to see the last ones again."),
    );
  }
  if (state.dataset.state === "empty") return;
  showState("empty", byId("nothing-yet").content.cloneNode(true));
  const tag = `<script async src="${location.origin}/s/v1.js" data-key="WRITE_KEY"></` + "script>";
  byId("tag").textContent = tag;
  const button = copyButton(tag);
  if (button) byId("tag").parentElement.after(button);
  if (wanted.site) {
    state.append(
      el(
        "button",
        { type: "button", class: "quiet", onclick: () => narrow({ site: "" }) },
        `Show all sites, not only ${wanted.site}`,
      ),
    );
  }
}

function opened(record, body) {
  body.replaceChildren(...allFields(record.row, narrow));
}

function showFigures() {
  if (phase !== "ready") return;
  const { minute, slots, people, least } = stats.read(wanted.bots);
  byId("rate").textContent = minute.toLocaleString();
  byId("people").textContent = `${least ? "≥ " : ""}${people.length.toLocaleString()}`;
  byId("people-dial").title = "Distinct visitors of the last 5 minutes";
  byId("rate-dial").title = "Interactions of the last minute; the line shows 15 minutes";
  byId("spark").replaceChildren(sparkline(slots));
  byId("faces").replaceChildren(
    ...people.slice(-8).map(({ hue }) => {
      const dot = el("i");
      dot.style.setProperty("--hue", hue);
      return dot;
    }),
  );
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
  showConnection();
}

function noFilters() {
  narrow({ site: "", event: "", text: "" });
}

for (const name of EVENT_NAMES) offer(filters.elements.event, name);
showFilters();

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
  showFilters();
  begin();
});

setInterval(showFigures, FIGURES_MS);
setInterval(() => {
  if (!unread || paused) return;
  byId("announcer").textContent = `${unread} new ${unread === 1 ? "interaction" : "interactions"}`;
  unread = 0;
}, ANNOUNCE_MS);

begin();
