import { actionable, cap, describe, elements, nearest, number, on, record, scrub, touchedImage, trackMarked } from "../kit";
import { onForm } from "./form-events";
import { recordWithShot } from "./shots";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const FEEDBACK = "[data-ix-feedback]";
const PICTURE = "[data-ix-screenshot]";
const SEARCH = "[data-ix-search]";
const LINE = "input[type=text],input[type=search],input:not([type])";

const fields = (form: Element, selector: string): Field[] => [...form.querySelectorAll<Field>(selector)];

/** The text the site marked: fields that carry the mark themselves, else the one text field of a marked form.
 *  This and `rating` are the only places that read a value, and only inside such a mark. */
function markedText(form: Element, mark: string): string {
  const texts = [...fields(form, "textarea"), ...fields(form, LINE)];
  const own = texts.filter((field) => field.matches(mark));
  return (own.length || !form.matches(mark) ? own : texts.slice(0, 1))
    .map((field) => field.value.trim())
    .join("\n");
}

function feedback(form: Element, path: Element[]): void {
  const text = cap(markedText(form, FEEDBACK), 100_000);
  const rating = fields(form, "[data-ix-rating],[name*=rating i]").find(
    (field) => !/radio|checkbox/.test(field.type) || (field as HTMLInputElement).checked,
  );
  const score = number(rating?.value);
  if (!text && score == null) return;
  const said = { text, rating: score, target: describe(form, path, true) };
  const picture = form.matches(PICTURE) || fields(form, PICTURE).some((field) => (field as HTMLInputElement).checked);
  (picture ? recordWithShot : record)("feedback", said);
}

/** A feedback box without a form: its button sends it. */
function feedbackBox(path: Element[]): void {
  const box = nearest(path, FEEDBACK);
  const acted = actionable(path);
  if (box && acted?.matches("button,[role=button],input[type=button]") && !nearest(path, "form")) feedback(box, path);
}

export function captureForms(): void {
  on(window, "click", (event) => {
    if (event.isTrusted) feedbackBox(elements(event));
  });
  onForm("submit", (path) => {
    const form = path[0];
    if (!form) return;
    if (form.matches(FEEDBACK) || form.querySelector(FEEDBACK)) feedback(form, path);
    const sought = scrub(markedText(form, SEARCH), 500);
    if (sought) record("search", { text: sought, target: describe(form, path, true) });
    if (form.matches("[data-ix-event]")) trackMarked(form, path, touchedImage(path, form));
  });
}
