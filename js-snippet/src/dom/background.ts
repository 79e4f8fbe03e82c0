import { cleanUrl } from "../kit";

/** An empty element laid over a picture. Only such a one is asked for its style. */
export function background(element: Element): string | undefined {
  if (element.firstElementChild || element.textContent?.trim()) return undefined;
  return cleanUrl(/url\("([^"]+)/.exec(getComputedStyle(element).backgroundImage)?.[1]);
}
