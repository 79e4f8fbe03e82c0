import { scrub } from "../privacy/scrub";
import { attr, EDITABLE, IGNORE, MARKED, MASK } from "./path";

/** Where text is not the page's own or not meant for reading. */
const SILENT = `script,style,noscript,template,textarea,select,[hidden],[aria-hidden=true],${MASK},${IGNORE},${EDITABLE}`;
/** Inside of these nothing is either, however far up they are. */
const OTHERS = `${IGNORE},${EDITABLE}`;
const ENOUGH = 400;

/** Visible text by walking nodes: `innerText` would cost a layout. */
export function visibleText(root: Element): string {
  let text = "";
  const walker = document.createTreeWalker(root, 5 /* elements and text */, (node) =>
    (node as Element).matches?.(SILENT) ? 2 /* reject, with all inside */ : 1,
  );
  let node: Node | null = root.matches(SILENT) || root.closest(OTHERS) || root.closest(MARKED)?.matches(MASK) ? null : root;
  for (; node && text.length < ENOUGH; node = walker.nextNode()) {
    text += " " + (node.nodeValue || (node as HTMLImageElement).alt || "");
  }
  return text.trim();
}

/** What `aria-labelledby` or `aria-label` says. */
export function ariaName(element: Element): string {
  const root = element.getRootNode() as Document | ShadowRoot;
  const others = attr(element, "aria-labelledby").split(/\s+/).map((id) => root.getElementById?.(id));
  return others.map((other) => other && visibleText(other)).join(" ").trim() || attr(element, "aria-label");
}

function fieldName(field: HTMLInputElement): string {
  // A button's caption stands in its attribute; the value of any other input is never touched.
  if (/submit|button|reset/.test(field.type)) return attr(field, "value");
  const label = field.labels?.[0];
  return (label && visibleText(label)) || attr(field, "placeholder") || field.title || attr(field, "name");
}

/** The accessible name of an element, as a person would say it. Of what is no control (`loose`) only a short text is one. */
export function label(element: Element, loose = false): string | undefined {
  let name = ariaName(element) || attr(element, "alt");
  if (!name) {
    name = element.matches(`input,textarea,select,${EDITABLE}`) ? fieldName(element as HTMLInputElement) : visibleText(element);
    if (loose && name.length > 100) name = "";
  }
  name ||= attr(element, "title");
  const root = element.getRootNode();
  // A component's text is often in the page, slotted into its shadow.
  return !name && root instanceof ShadowRoot ? label(root.host, loose) : scrub(name);
}
