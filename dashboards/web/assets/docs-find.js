// Finding an endpoint: by words, by where the reader is, by the address.

import { byId } from "./dom.js";

/** Shows what has all the words. `entries` are `{section, item, group, list, text}`. */
function search(entries, text) {
  const words = text.toLowerCase().trim().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const entry of entries) {
    entry.hit = words.every((word) => entry.text.includes(word));
    count += entry.hit;
    entry.section.hidden = entry.item.hidden = !entry.hit;
  }
  for (const { group, list } of entries) {
    group.hidden = list.hidden = !entries.some((entry) => entry.group === group && entry.hit);
  }
  byId("start").hidden = words.length > 0;
  byId("nothing").hidden = count > 0;
  byId("found").textContent = words.length ? `${count} of ${entries.length} endpoints` : "";
}

/** Marks in the contents what is being read. */
function follow(entries) {
  const seen = new Set();
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) isIntersecting ? seen.add(target) : seen.delete(target);
      const current = entries.find((entry) => seen.has(entry.section));
      if (!current) return;
      for (const { item } of entries) item.firstChild.toggleAttribute("data-current", item === current.item);
    },
    { rootMargin: "-90px 0px -60% 0px" },
  );
  for (const entry of entries) observer.observe(entry.section);
}

/** To what the address names. */
function jump() {
  const place = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
  if (place && byId("reference").contains(place)) place.scrollIntoView();
}

/** Makes the search field and the contents work. */
export function finding(entries) {
  const find = byId("find");
  find.addEventListener("input", () => search(entries, find.value));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea, select")) {
      event.preventDefault();
      find.focus();
    }
    if (event.key === "Escape" && event.target === find) {
      find.value = "";
      search(entries, "");
    }
  });
  if (find.value) search(entries, find.value); // typed while the reference was read
  follow(entries);
  jump();
}
