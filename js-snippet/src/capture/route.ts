import { first, framed, guard, on, pageUrl, record } from "../kit";

interface EntryChange extends Event {
  navigationType: string | null;
}

const followers: ((from: string | undefined) => void)[] = [];
let { url, hash: anchor } = first;
let path = location.pathname;

/** Has something to say about the page that was shown before, or begins anew. */
export function onRoute(fn: (from: string | undefined) => void): void {
  followers.push(guard(fn));
}

/** What tells of routes, where the browser has it: elsewhere an element with that id goes by its name. */
const named = (window as { navigation?: EventTarget & { currentEntry?: unknown } }).navigation;
export const navigation = (named?.currentEntry && named) as EventTarget | undefined;

/** Something about the address changed: it may be a route. */
export const checkRoute = guard((kind: string): void => {
  const [from, hash] = [url, anchor];
  url = pageUrl();
  anchor = location.hash;
  if (url !== from) {
    // Another filter or another letter of what is sought makes no other page.
    if (path !== (path = location.pathname)) for (const tell of followers) tell(from);
    if (framed()) return;
    // Applications set the title later; the old one would be wrong.
    record("navigate", { from_url: from, kind, title: undefined });
  } else if (hash !== anchor && !framed()) record("navigate", { from_url: from, kind: "hash" });
});

/** Routes of single-page applications. False where the browser does not tell of them. */
export function captureRoutes(): boolean {
  checkRoute("replace"); // what happened before we came
  if (!navigation) return false;
  on<EntryChange>(navigation, "currententrychange", ({ navigationType: type }) =>
    checkRoute(type === "traverse" ? "pop" : (type ?? "replace")),
  );
  return true;
}
