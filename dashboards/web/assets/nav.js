// The navigation, which scrolls where it has no room.

/** Brings the page that is open into view. */
export function seeCurrent(nav) {
  nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}
