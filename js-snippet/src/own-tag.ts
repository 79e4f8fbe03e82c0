/** The element that brought this script; the npm package has its own way to find it. */
export const ownTag = (): Element | null => document.currentScript ?? document.querySelector("script[data-key]");
