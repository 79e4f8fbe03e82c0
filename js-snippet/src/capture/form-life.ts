import { describe, elements, IGNORE, nearest, on, record } from "../kit";
import { onForm } from "./form-events";
import { onRoute } from "./route";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

type Where = { url?: string | undefined };

export const FIELD = "input:not([type=hidden],[type=submit],[type=button]),textarea,select";
const MAX = 50;

interface Begun {
  path: Element[];
  fields: Set<string>;
  /** What stands in it was taken since someone last touched it. */
  taken?: boolean;
}

/** Forms that someone began, by the names of the fields that were touched; what stands in them is never read. */
const begun = new Map<Element, Begun>();

const nameOf = (field: Element): string => ((field as Field).getAttribute("name") || field.id).slice(0, 128);

function submitted(path: Element[], where: Where = {}): void {
  const form = path[0];
  if (!form) return;
  begun.delete(form);
  const fields = [...form.querySelectorAll(FIELD)].filter((field) => !field.closest(IGNORE)).map(nameOf).filter(Boolean);
  record("form_submit", { target: describe(form, path, true), fields: [...new Set(fields)].slice(0, MAX), ...where });
}

function leave(where: Where = {}): void {
  for (const [form, { path, fields, taken }] of begun) {
    // `form.submit()` fires no submit event: it takes what stands in the form, as a page may do that sends it itself.
    if (taken) submitted(path, where);
    else record("form_abandon", { target: describe(form, path, true), fields: [...fields], ...where });
  }
  begun.clear();
}

export function captureFormLife(): void {
  on(window, "input", (event) => {
    const path = elements(event);
    const field = nearest(path, FIELD);
    const form = nearest(path, "form");
    if (!event.isTrusted || !field || !form) return;
    if (!begun.has(form)) {
      begun.set(form, { path: path.slice(path.indexOf(form)), fields: new Set() });
      record("form_start", { target: describe(form, path, true), fields: [nameOf(field)].filter(Boolean) });
    }
    const known = begun.get(form);
    if (!known) return;
    known.taken = false;
    if (nameOf(field) && known.fields.size < MAX) known.fields.add(nameOf(field));
  });
  onForm("submit", (path) => submitted(path));
  onForm("formdata", ([form]) => {
    const known = form && begun.get(form);
    if (known) known.taken = true;
  });
  on(window, "pagehide", () => leave());
  onRoute((url) => leave({ url }));
}
