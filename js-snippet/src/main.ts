import { hashes } from "ix:chunks";
import { installApi, isRunning } from "./api";
import { captureClicks } from "./capture/click";
import { capturePages } from "./capture/page";
import { load } from "./chunk";
import { readTag } from "./config";
import { readViewport } from "./context";
import { startConsent, watchConsent } from "./decide";
import { watchLeaving } from "./delivery/leave";
import { guard, on } from "./guard";

function capture(): void {
  readViewport();
  watchLeaving();
  captureClicks();
  capturePages();
  load(hashes.more);
}

const early = (name: unknown): boolean => name === "consent" || name === "before_send";

/** Calls that the page made before we came: consent and the hook count first, the rest after the page view. */
const start = guard(() => {
  const replay = installApi();
  watchConsent(capture);
  replay(early);
  startConsent();
  replay((name) => !early(name));
});

guard(() => {
  if (isRunning()) return;
  if (!readTag()) return console.warn("[ix] no data-key");
  // A page that is only prepared has not been seen by anyone.
  if ((document as { prerendering?: boolean }).prerendering) on(document, "prerenderingchange", start);
  else start();
})();
