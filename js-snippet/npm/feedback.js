// src/chunks/feedback.ts
import { brought, commands, guard, later, maySend, on, recall, tag } from "./core.js";

// src/chunks/feedback-style.ts
var CSS = `
:host { all: initial; font: var(--ix-font, 15px/1.4 system-ui, sans-serif); }
* { box-sizing: border-box; font: inherit; color: inherit; }
button { padding: 8px 16px; border: 1px solid currentColor; border-radius: var(--ix-radius, 8px); background: none; cursor: pointer; }
.open, .send { border-color: transparent; background: var(--ix-accent, #1f4fd8); color: var(--ix-on-accent, #fff); }
.open, .status { position: fixed; inset: var(--ix-side, auto 16px 16px auto); z-index: var(--ix-layer, 2147483000); margin: 0; }
.status { border: 1px solid transparent; inset: auto auto 24px 50%; transform: translateX(-50%); padding: 8px 16px; border-radius: var(--ix-radius, 8px);
  background: var(--ix-background, #fff); color: var(--ix-color, #1c1c1c); box-shadow: 0 2px 12px #0004; }
.status:empty { opacity: 0; pointer-events: none; }
dialog { width: min(420px, 92vw); padding: 20px; border: 1px solid transparent; border-radius: var(--ix-radius, 8px);
  background: var(--ix-background, #fff); color: var(--ix-color, #1c1c1c); box-shadow: 0 8px 40px #0006; }
dialog::backdrop { background: #0006; }
form { display: grid; gap: 14px; }
h2 { margin: 0; font-size: 1.2em; font-weight: 600; }
textarea { display: block; width: 100%; margin-top: 4px; padding: 8px; border: 1px solid #777; border-radius: var(--ix-radius, 8px);
  background: transparent; resize: vertical; }
fieldset { display: flex; margin: 0; padding: 0; border: 0; }
fieldset label { position: relative; color: #767676; cursor: pointer; }
fieldset span { padding: 0 3px; font-size: 1.8em; line-height: 1.2; }
fieldset span::before { content: "☆"; }
fieldset:has(:checked) span::before { content: "★"; }
label:has(:checked) ~ label span::before { content: "☆"; }
fieldset input { position: absolute; inset: 0; margin: 0; opacity: 0; }
fieldset:has(:checked) label { color: var(--ix-star, #b25e00); }
fieldset:has(:checked) label:has(:checked) ~ label { color: #767676; }
.line { display: flex; gap: 8px; align-items: center; }
.problem { margin: 0; color: #b00020; }
.problem:empty { display: none; }
:focus-visible, fieldset input:focus-visible + span { outline: 2px solid var(--ix-accent, #1f4fd8); outline-offset: 2px; }
`;

// src/chunks/feedback.ts
var WORDS = {
  feedback: "Feedback",
  feedbackTitle: "What do you think?",
  feedbackText: "Your message",
  feedbackRating: "Rating",
  feedbackScreenshot: "Attach a picture of this page",
  feedbackSend: "Send",
  feedbackCancel: "Cancel",
  feedbackEmpty: "Write something or choose a rating",
  feedbackThanks: "Thank you!"
};
var BEST = 5;
var SOON = 100;
var THANKS = 4e3;
var word = (name) => tag.dataset[name] || WORDS[name];
function make(name, given, ...children) {
  const element = Object.assign(document.createElement(name), given);
  element.append(...children);
  return element;
}
function star(value) {
  const choice = make("input", { type: "radio", name: "rating", value: String(value), ariaLabel: `${value} / ${BEST}` });
  return make("label", {}, choice, make("span", { ariaHidden: "true" }));
}
function build() {
  const host = make("div", {});
  host.setAttribute("data-ix-ignore", "");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
  const text = make("textarea", { name: "text", rows: 4, maxLength: 1e4 });
  const stars = Array.from({ length: BEST }, (_, n) => star(n + 1));
  const rating = make("fieldset", {}, make("legend", {}, word("feedbackRating")), ...stars);
  const picture = make("input", { type: "checkbox", name: "screenshot" });
  const status = make("p", { className: "status" });
  status.setAttribute("role", "status");
  const cancel = make("button", { type: "button" }, word("feedbackCancel"));
  const title = make("h2", { id: "title" }, word("feedbackTitle"));
  const form = make(
    "form",
    { noValidate: true },
    title,
    make("label", {}, word("feedbackText"), text),
    rating,
    make("label", { className: "line" }, picture, word("feedbackScreenshot")),
    make("div", { className: "line" }, make("button", { className: "send" }, word("feedbackSend")), cancel)
  );
  const problem = make("p", { className: "problem" });
  problem.setAttribute("role", "alert");
  form.insertBefore(problem, form.lastChild);
  const dialog = make("dialog", {}, form);
  dialog.setAttribute("aria-labelledby", "title");
  const button = make("button", { type: "button", className: "open" }, word("feedback"));
  const obey = guard(() => {
    button.hidden = !maySend();
    if (!maySend()) dialog.close();
  });
  const open = guard(() => {
    if (!maySend()) return;
    problem.textContent = status.textContent = "";
    if (!dialog.open) dialog.showModal();
    text.focus();
  });
  const send = guard((event) => {
    event.preventDefault();
    const said = text.value.trim();
    const chosen = stars.map((label) => label.firstChild).find((choice) => choice.checked);
    if (!said && !chosen) {
      problem.textContent = word("feedbackEmpty");
      return text.focus();
    }
    dialog.close();
    commands.feedback?.({ text: said, rating: chosen?.value, screenshot: picture.checked });
    form.reset();
    later(() => status.textContent = word("feedbackThanks"), SOON);
    later(() => status.textContent = "", THANKS);
  });
  form.addEventListener("submit", send);
  cancel.addEventListener("click", () => dialog.close());
  for (const type of ["keydown", "keypress", "keyup"]) dialog.addEventListener(type, (event) => event.stopPropagation());
  dialog.addEventListener("keydown", (event) => {
    const [edge, other] = event.shiftKey ? [text, cancel] : [cancel, text];
    if (event.key !== "Tab" || root.activeElement !== edge) return;
    event.preventDefault();
    other.focus();
  });
  if (tag.dataset.feedback != null) {
    button.setAttribute("aria-haspopup", "dialog");
    button.addEventListener("click", open);
    root.append(button);
  }
  root.append(dialog, status);
  const decide = commands.consent;
  commands.consent = (choice) => {
    decide?.(choice);
    obey();
  };
  on(window, "storage", () => {
    recall();
    obey();
  });
  on(window, "pageshow", obey);
  obey();
  document.documentElement.append(host);
  return open;
}
brought.ask = guard(build)();
