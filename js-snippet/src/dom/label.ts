import { scrub } from "../privacy/scrub";
import { attr, EDITABLE, IGNORE, MARKED, MASK } from "./path";

/** Inside of these it never is, however far up they are. */
const OTHERS = `${IGNORE},${EDITABLE}`;
/** Where text is not the page's own or not meant for reading. */
const SILENT = `script,style,noscript,textarea,select,[hidden],[aria-hidden=true],${MASK},${OTHERS}`;
const ENOUGH = 400;

/** Visible text by walking nodes: `innerText` would cost a layout. */
export function visibleText(root: Element | null | undefined | false): string {
  if (!root || root.matches(SILENT) || root.closest(OTHERS) || root.closest(MARKED)?.matches(MASK)) return "";
  let text = "";
  const walker = document.createTreeWalker(root, 5 /* elements and text */, (node) =>
    (node as Element).matches?.(SILENT) ? 2 /* reject, with all inside */ : 1,
  );
  for (let node: Node | null = root; node && text.length < ENOUGH; node = walker.nextNode()) {
    text += " " + (node.nodeValue || (node as HTMLImageElement).alt || "");
  }
  return text.trim();
}

/** What `aria-labelledby` or `aria-label` says. */
export function ariaName(element: Element): string {
  const root = element.getRootNode() as Document | ShadowRoot;
  const ids = attr(element, "aria-labelledby").split(/\s+/);
  return ids.map((id) => visibleText(root.getElementById?.(id))).join(" ").trim() || attr(element, "aria-label");
}

function fieldName(field: HTMLInputElement): string {
  // A button's caption stands in its attribute; the value of any other input is never touched.
  if (/(submit|button|reset)input/.test(field.type + field.localName)) return attr(field, "value");
  return visibleText(field.labels?.[0]) || attr(field, "placeholder") || attr(field, "title") || attr(field, "name");
}

/** The accessible name of an element, as a person would say it. Of what is no control (`loose`) only a short text is one. */
export function label(element: Element, loose?: boolean): string | undefined {
  let name = ariaName(element) || attr(element, "alt");
  if (!name) {
    name = element.matches("input,textarea,select," + EDITABLE) ? fieldName(element as HTMLInputElement) : visibleText(element);
    if (loose && name.length > 100) name = "";
  }
  name ||= attr(element, "title");
  const root = element.getRootNode();
  // A component's text is often in the page, slotted into its shadow.
  return !name && root instanceof ShadowRoot ? label(root.host, loose) : scrub(name);
}
