import { on } from "../kit";
import { checkRoute } from "./route";

/** Routes where the browser does not tell: patched after the original call, whose errors are the page's own. */
export function patchHistory(): void {
  for (const kind of ["push", "replace"] as const) {
    const original = history[(kind + "State") as "pushState"];
    history[(kind + "State") as "pushState"] = function (this: History, ...args) {
      original.apply(this, args);
      checkRoute(kind);
    };
  }
  on(window, "popstate", () => checkRoute("pop"));
  on(window, "hashchange", () => checkRoute("hash"));
}
