// Signing in: an API key is exchanged for a cookie.

import { el } from "../../assets/dom.js";
import { signIn } from "../../assets/feed.js";

/** The form; `entered()` is called once the cookie is there. */
export function signInPage(entered) {
  const key = el("input", {
    id: "key", name: "key", type: "password", required: true, autocomplete: "current-password", spellcheck: "false",
    "aria-describedby": "key-problem",
  }); // prettier-ignore
  const button = el("button", { class: "strong", type: "submit" }, "Sign in");
  const problem = el("p", { id: "key-problem", class: "problem", role: "alert" });
  const form = el(
    "form",
    { class: "sign-in" },
    el("label", { for: "key" }, "API key"),
    el("div", { class: "line" }, key, button),
    problem,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    button.disabled = true;
    try {
      await signIn(key.value.trim());
      entered();
    } catch (error) {
      problem.textContent = error.status === 401 ? "This key is unknown, or lacks the scope read." : `${error.message}.`;
      key.select();
    } finally {
      button.disabled = false;
    }
  });
  return el(
    "section",
    { class: "card-page", "aria-labelledby": "sign-in-title" },
    el("h1", { id: "sign-in-title" }, "Sign in"),
    el("p", {}, "Give an API key that may read. It is exchanged for a cookie and not kept in this page."),
    form,
    el("p", { class: "muted" }, "No key yet? Make one where the collector runs:"),
    el("pre", { class: "code" }, el("code", {}, "collector keys create NAME --scope read")),
  );
}
