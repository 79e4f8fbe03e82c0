import { describe, elements, nearest, on, record } from "../kit";
import { onRoute } from "./route";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const FIELD = "input:not([type=hidden]):not([type=submit]):not([type=button]),textarea,select";
const MAX = 50;

/** Forms that someone began, by the names of the fields that were touched; what stands in them is never read. */
const begun = new Map<Element, { path: Element[]; fields: Set<string> }>();

const nameOf = (field: Element): string => ((field as Field).getAttribute("name") || field.id).slice(0, 128);

function abandon(where: { url?: string | undefined } = {}): void {
  for (const [form, { path, fields }] of begun) {
    record("form_abandon", { target: describe(form, path, true), fields: [...fields], ...where });
  }
  begun.clear();
}

export function captureFormLife(): void {
  on(window, "input", (event) => {
    const path = elements(event);
    const field = nearest(path, FIELD);
    const form = nearest(path, "form");
    if (!field || !form) return;
    if (!begun.has(form)) {
      begun.set(form, { path: path.slice(path.indexOf(form)), fields: new Set() });
      record("form_start", { target: describe(form, path, true), fields: [nameOf(field)].filter(Boolean) });
    }
    const fields = begun.get(form)?.fields;
    if (nameOf(field) && fields && fields.size < MAX) fields.add(nameOf(field));
  });
  on(window, "submit", (event) => {
    const path = elements(event);
    const form = path[0];
    if (!form) return;
    begun.delete(form);
    const fields = [...form.querySelectorAll(FIELD)].map(nameOf).filter(Boolean);
    record("form_submit", { target: describe(form, path, true), fields: [...new Set(fields)].slice(0, MAX) });
  });
  on(window, "pagehide", () => abandon());
  onRoute((url) => abandon({ url }));
}
