import { guard, on } from "../guard";
import { pageUrl } from "../privacy/url";
import { record } from "../record";
import { scrollRoute } from "./scroll";
import { forgetTyped } from "./typing";

interface EntryChange extends Event {
  navigationType: string | null;
}

/** Routes of single-page applications. */
export function captureRoutes(): void {
  let url = pageUrl();
  let { hash } = location;

  const check = guard((kind: string): void => {
    const [from, anchor] = [url, hash];
    url = pageUrl();
    hash = location.hash;
    if (url !== from) {
      scrollRoute(from);
      forgetTyped();
      // Applications set the title later; the old one would be wrong.
      record("navigate", { from_url: from, kind, title: undefined });
    } else if (hash !== anchor) record("navigate", { from_url: from, kind: "hash" });
  });

  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) {
    on<EntryChange>(navigation, "currententrychange", ({ navigationType: type }) =>
      check(type === "traverse" ? "pop" : (type ?? "replace")),
    );
    return;
  }
  for (const kind of ["push", "replace"] as const) {
    const original = history[`${kind}State`];
    history[`${kind}State`] = function (this: History, ...args) {
      original.apply(this, args); // its errors are the page's own
      check(kind);
    };
  }
  on(window, "popstate", () => check("pop"));
  on(window, "hashchange", () => check("hash"));
}
