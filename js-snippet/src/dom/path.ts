/** Also as others have taught sites to say it. */
export const IGNORE = "[data-ix-ignore],.ph-no-capture";
export const MASK = "[data-ix-mask],[data-private]";

export const MARKED = MASK + ",[data-ix-unmask]";
/** What shows what someone wrote or chose: editors, and fields that a page has built itself. */
export const EDITABLE = "[contenteditable]:not([contenteditable=false]),[role^=combo],[role^=text],[role^=spin]";

/** Whether what is innermost in `path` is masked, where the nearest mark counts, or was typed. */
export const masked = (path: Element[]): unknown =>
  nearest(path, MARKED)?.matches(MASK) || nearest(path.slice(1), EDITABLE);

/** Landmarks that a tag alone makes. */
export const PLAIN = "main,nav,header,footer";

/** The elements an event went through, innermost first, also those inside open shadow roots;
 *  none where the site wants to be left alone. */
export function elements(event: Event): Element[] {
  if (event !== seen) {
    path = event.composedPath().filter((node): node is Element => (node as Node).nodeType === 1);
    if (nearest(path, IGNORE)) path = [];
    seen = event;
  }
  return path;
}

/** Several listeners ask about the same event. */
let seen: Event | undefined;
let path: Element[];

export const nearest = (path: Element[], selector: string): Element | undefined =>
  path.find((element) => element.matches(selector));

export const attr = (element: Element | null | undefined, name: string): string => element?.getAttribute(name) || "";

/** What people act on. */
const ACTIONABLE =
  `a[href],button,summary,label,[data-ix-event]:not(form),input,textarea,select,${EDITABLE},` +
  "[role=button],[role=link],[role=tab],[role=option],[role=checkbox],[role=radio],[role=switch],[role^=menuitem]";

/** The button or link that was meant: not the icon inside it. */
export const actionable = (path: Element[]): Element | undefined => nearest(path, ACTIONABLE);
