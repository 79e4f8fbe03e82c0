/** The element with the settings that `start` made, first of all. In a bundle of one classic script `currentScript` would be
 *  the application's. */
export const ownTag = (): Element | null => document.querySelector("script[data-key]");
