import { scrub } from "../privacy/scrub";
import { ariaName, visibleText } from "./label";
import { attr, masked, PLAIN } from "./path";
import { chosenId } from "./selector";

const LANDMARK = `[data-section],${PLAIN},aside,section,dialog,form,[role=region],[role=navigation],[role=dialog],[role=search]`;

/** The part of the page: `data-section`, else the nearest landmark by its name, heading, id or tag. */
export function section(path: Element[]): string | undefined {
  for (const [step, element] of path.entries()) {
    if (!element.matches(LANDMARK) || masked(path.slice(step))) continue;
    const plain = element.matches(PLAIN);
    const said = scrub(
      attr(element, "data-section") ||
        ariaName(element) ||
        visibleText(!plain && element.querySelector("h1,h2,h3,h4,legend")) ||
        chosenId(element) ||
        attr(element, "role") ||
        (plain ? element.localName : ""),
      60,
    );
    if (said) return said;
  }
  return undefined;
}
