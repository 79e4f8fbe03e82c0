// What the live page shows, which stands in the address: a site, an event, words, bots.

/** `{site, event, text, bots}` of the address. */
export function readAddress() {
  const query = new URLSearchParams(location.search);
  const get = (name) => query.get(name) || "";
  return { site: get("site"), event: get("event"), text: get("text"), bots: get("bots") === "1" };
}

/** Puts it into the address, without an entry in the history. */
export function writeAddress(wanted) {
  const query = new URLSearchParams();
  for (const name of ["site", "event", "text"]) if (wanted[name]) query.set(name, wanted[name]);
  if (wanted.bots) query.set("bots", "1");
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
}
