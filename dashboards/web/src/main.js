// The dashboards: which page an address means, moving between them, and signing in.

import "../node_modules/uplot/dist/uPlot.min.css";
import "./css/shell.css";
import "./css/panels.css";
import "./css/charts.css";
import "./css/pages.css";
import { byId, el } from "../assets/dom.js";
import { signOut } from "../assets/feed.js";
import { seeCurrent } from "../assets/nav.js";
import { forget } from "./api.js";
import { controls } from "./controls/controls.js";
import { PAGES, pageAt } from "./pages/pages.js";
import { signInPage } from "./pages/sign-in.js";
import { address, own, read, refresh, Unreadable } from "./state.js";

const STALE_MS = 60_000;
const main = byId("main");
const bar = controls();
let shown = { path: "", page: null };
let turn = null;
let readAt = Date.now();

byId("controls").append(bar.node);

function showNav(state, path) {
  const links = PAGES.filter((page) => page.nav).map((page) =>
    el(
      "a",
      {
        href: page.outside ? `${page.path}${page.keepsSite && state.site ? `?site=${encodeURIComponent(state.site)}` : ""}` : address(page.path, state),
        "data-inside": !page.outside,
        "aria-current": page.path === path ? "page" : path.startsWith(`${page.path}/`) && "true",
      },
      page.nav,
    ),
  );
  byId("pages").replaceChildren(...links);
  seeCurrent(byId("pages"));
}

/** Shows what the address says, or that it can't be shown. Whether the page is another one than before. */
function show() {
  turn?.abort();
  turn = new AbortController();
  try {
    return showState(read());
  } catch (error) {
    if (!(error instanceof Unreadable)) reportError(error);
    showFault(error);
    return true;
  }
}

/** No page, and a way out: the same one without what stands behind its path. */
function showFault(error) {
  const again = () => {
    go(location.pathname);
    main.focus();
  };
  shown.page?.end?.();
  shown = { path: "", page: null };
  document.title = "Not shown · Interaction collector";
  showNav(read(""), location.pathname);
  byId("controls").hidden = true;
  main.replaceChildren(
    el(
      "section",
      { class: "card-page", "aria-labelledby": "fault-title" },
      el("h1", { id: "fault-title" }, "This page can't be shown"),
      el("p", { role: "alert" }, `${error.message}.`),
      el("p", {}, "Copy the address once more, or start over without its filters."),
      el("button", { type: "button", class: "strong", onclick: again }, "Start over"),
    ),
  );
}

/** A page that is open already is told the new state and keeps its place. */
function showState(state) {
  const path = location.pathname;
  const found = pageAt(path);
  const context = {
    state,
    own: own(),
    path,
    signal: turn.signal,
    /** Other state, same page. */
    change: (change) => go(address(path, state, change, own())),
    /** Other parameters of the page itself; `quiet` makes no new entry in the history. */
    tune: (change, quiet = false) => go(address(path, state, {}, { ...own(), ...change }), quiet),
    go,
    signedOut,
    announce: (text) => (byId("announcer").textContent = text),
  };
  document.title = `${found.title} · Interaction collector`;
  showNav(state, path);
  byId("controls").hidden = Boolean(found.bare);
  byId("sign-out").hidden = false;
  bar.update(context);
  const fresh = shown.path !== path;
  if (fresh) {
    shown.page?.end?.();
    shown = { path, page: found.make(context) };
    main.replaceChildren(shown.page.node);
  }
  shown.page.update(context);
  return fresh;
}

/** To another of our addresses. */
function go(url, quiet = false) {
  const before = location.pathname;
  history[quiet ? "replaceState" : "pushState"](null, "", url);
  if (Date.now() - readAt > STALE_MS) renew();
  if (show() && location.pathname !== before) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
}

function renew() {
  readAt = Date.now();
  refresh();
  forget();
}

function signedOut() {
  turn?.abort();
  forget();
  byId("controls").hidden = true;
  byId("sign-out").hidden = true;
  shown = { path: "", page: null };
  document.title = "Sign in · Interaction collector";
  main.replaceChildren(
    signInPage(() => {
      renew();
      show();
      main.focus();
    }),
  );
  main.querySelector("input")?.focus();
}

document.addEventListener("click", (event) => {
  const anchor = event.target.closest("a[data-inside]");
  if (!anchor || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(anchor.href);
});
byId("sign-out").addEventListener("click", async () => {
  await signOut().catch(() => {});
  signedOut();
});
bar.onrefresh(() => {
  renew();
  show();
});
addEventListener("popstate", show);
// Charts take their colours when they are made.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);

show();
