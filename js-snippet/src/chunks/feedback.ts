// Loaded where the tag carries `data-feedback`, or when `ix('feedback')` is called: a button and a dialog. The browser's
// own modal dialog keeps the focus inside and gives it back; the style is a constructed sheet, which no policy forbids.
import { brought, commands, guard, later, maySend, on, recall, tag } from "../kit";
import { CSS } from "./feedback-style";

const WORDS = {
  feedback: "Feedback",
  feedbackTitle: "What do you think?",
  feedbackText: "Your message",
  feedbackRating: "Rating",
  feedbackScreenshot: "Attach a picture of this page",
  feedbackSend: "Send",
  feedbackCancel: "Cancel",
  feedbackEmpty: "Write something or choose a rating",
  feedbackThanks: "Thank you!",
};
const BEST = 5;
const SOON = 100;
const THANKS = 4_000;

/** In the site's words: `data-feedback-title="…"` and the like on the tag. */
const word = (name: keyof typeof WORDS): string => tag.dataset[name] || WORDS[name];

function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  given: Partial<HTMLElementTagNameMap[K]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(name), given);
  element.append(...children);
  return element;
}

function star(value: number): HTMLLabelElement {
  const choice = make("input", { type: "radio", name: "rating", value: String(value), ariaLabel: `${value} / ${BEST}` });
  return make("label", {}, choice, make("span", { ariaHidden: "true" })); // its shape says whether it is chosen: the style
}

function build(): () => void {
  const host = make("div", {});
  host.setAttribute("data-ix-ignore", ""); // what happens in here is nobody's click
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];

  const text = make("textarea", { name: "text", rows: 4, maxLength: 10_000 });
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
    make("div", { className: "line" }, make("button", { className: "send" }, word("feedbackSend")), cancel),
  );
  const problem = make("p", { className: "problem" });
  problem.setAttribute("role", "alert");
  form.insertBefore(problem, form.lastChild);
  const dialog = make("dialog", {}, form);
  dialog.setAttribute("aria-labelledby", "title");

  const button = make("button", { type: "button", className: "open" }, word("feedback"));
  /** Nothing is asked while the answer could not be sent: no one is thanked for words that are dropped. */
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
  const send = guard((event: Event) => {
    event.preventDefault();
    const said = text.value.trim();
    const chosen = stars.map((label) => label.firstChild as HTMLInputElement).find((choice) => choice.checked);
    if (!said && !chosen) {
      problem.textContent = word("feedbackEmpty");
      return text.focus();
    }
    dialog.close();
    commands.feedback?.({ text: said, rating: chosen?.value, screenshot: picture.checked });
    form.reset();
    // In a while: behind the dialog it was out of what is read aloud, and what changes with that is not told.
    later(() => (status.textContent = word("feedbackThanks")), SOON);
    later(() => (status.textContent = ""), THANKS);
  });
  form.addEventListener("submit", send);
  cancel.addEventListener("click", () => dialog.close());
  // Outside of the shadow root a letter looks as if it were typed nowhere: the page would take it for a shortcut.
  for (const type of ["keydown", "keypress", "keyup"]) dialog.addEventListener(type, (event) => event.stopPropagation());
  // Round and round, and not by way of the browser's own buttons.
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
  // Consent may change by a call, in another tab, or while the page lies in the cache.
  const decide = commands.consent;
  commands.consent = (choice) => {
    decide?.(choice);
    obey();
  };
  on(window, "storage", () => {
    recall(); // whoever hears of it first
    obey();
  });
  on(window, "pageshow", obey);
  obey();
  document.documentElement.append(host); // applications replace the body
  return open;
}

brought.ask = guard(build)();
