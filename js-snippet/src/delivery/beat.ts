/** How often a page that lives says so, in ms. */
export const BEAT = 5_000;
