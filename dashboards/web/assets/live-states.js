// What stands where the list would: that it loads, failed, is empty, and what to do then.

import { byId, copyButton, el } from "./dom.js";
import { signIn } from "./feed.js";

const place = byId("state");

/** Shows a state in place of the list; an empty name shows none. */
function showState(name, ...content) {
  if (place.dataset.state === name && !["error", "signin"].includes(name)) return;
  place.dataset.state = name;
  place.replaceChildren(...content);
  place.hidden = !name;
}

/** That the first rows are being read. */
export function showLoading() {
  const lines = Array.from({ length: 6 }, () => el("div", { class: "skeleton", "aria-hidden": "true" }));
  showState("loading", el("p", { class: "muted" }, "Reading the latest interactions …"), ...lines);
}

function button(text, onclick, look = "strong") {
  return el("button", { type: "button", class: look, onclick }, text);
}

/** What went wrong; `ways` are `again()`, `allSites()` and `everything()`. */
export function showError(error, ways) {
  showState("error", ...whatWentWrong(error, ways));
}

function whatWentWrong(error, { again, allSites, everything }) {
  if (error.reason === "site_not_allowed") {
    return [
      el("h2", {}, "This site is not yours to read"),
      el("p", {}, `${error.message}.`),
      button("Show all sites", allSites),
    ];
  }
  if (error.status === 0) {
    return [
      el("h2", {}, "The collector does not answer"),
      el("p", {}, "See whether it runs, and start it where it lives. This page tries again by itself."),
      el("pre", { class: "code" }, el("code", {}, "collector serve")),
      button("Try now", again),
    ];
  }
  if (error.status === 422) {
    return [el("h2", {}, "The filters can't be used"), el("p", {}, `${error.message}.`), button("Show everything", everything)];
  }
  return [
    el("h2", {}, "The interactions can't be read now"),
    el("p", {}, `${error.message}.`),
    el("p", { class: "muted" }, "This page tries again by itself. The collector's log says more."),
    button("Try now", again),
  ];
}

/** The form to sign in with; `entered()` is called once the cookie is there. */
export function showSignIn(about, entered) {
  showState("signin", byId("signing-in").content.cloneNode(true));
  if (about) byId("key-problem").textContent = about;
  byId("sign-in").addEventListener("submit", (event) => enter(event, entered));
  byId("key").focus();
}

async function enter(event, entered) {
  event.preventDefault();
  const problem = byId("key-problem");
  const submit = event.target.querySelector("button");
  problem.textContent = "";
  submit.disabled = true;
  try {
    await signIn(byId("key").value.trim());
    await entered();
  } catch (error) {
    problem.textContent = error.status === 401 ? "This key is unknown, or lacks the scope read." : error.message;
    byId("key").select();
  } finally {
    submit.disabled = false;
  }
}

/**
 * Why there is no row; nothing where there are `shown` ones. `bots` of `known` rows are bots'; `wanted` are the filters;
 * `ways` are `showBots()`, `allSites()` and `everything()`.
 */
export function showEmpty({ shown, known, bots, wanted, cleared }, ways) {
  if (shown) return showState("");
  if (known === bots && bots && !wanted.event && !wanted.text) {
    return showState(
      "bots",
      el("h2", {}, "Only bots so far"),
      el("p", {}, "All that came so far was done by programs, such as crawlers."),
      button("Show bots", ways.showBots),
    );
  }
  if (wanted.event || wanted.text) {
    return showState(
      "none",
      el("h2", {}, "Nothing matches"),
      el("p", {}, "No interaction at hand passes the filters. New ones that do appear here."),
      button("Show everything", ways.everything),
    );
  }
  if (cleared) {
    return showState(
      "cleared",
      el("h2", {}, "Cleared"),
      el("p", {}, "New interactions appear here. Reload the page to see the last ones again."),
    );
  }
  nothingYet(wanted, ways);
}

function nothingYet({ site }, { allSites }) {
  if (place.dataset.state === "empty") return;
  showState("empty", byId("nothing-yet").content.cloneNode(true));
  const tag = `<script async src="${location.origin}/s/v1.js" data-key="WRITE_KEY"></` + "script>";
  byId("tag").textContent = tag;
  const copy = copyButton(tag);
  if (copy) byId("tag").parentElement.after(copy);
  if (site) place.append(button(`Show all sites, not only ${site}`, allSites, "quiet"));
}
