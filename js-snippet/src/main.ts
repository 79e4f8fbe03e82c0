import { hashes } from "ix:chunks";
import { installApi, isRunning } from "./api";
import { awake, sleep } from "./awake";
import { captureClicks } from "./capture/click";
import { capturePages } from "./capture/page";
import { load } from "./chunk";
import { readTag } from "./config";
import { readViewport } from "./context";
import { startConsent, watchConsent } from "./decide";
import { watchLeaving } from "./delivery/leave";
import { guard, on, whenIdle } from "./guard";

function capture(): void {
  readViewport();
  capturePages();
  load(hashes.more);
}

/** Now only what cannot come later: to hear of clicks, of calls, and of the page's end. */
const start = guard(() => {
  const replay = installApi();
  // Most calls that the page made before we came follow the page view.
  sleep(() => {
    watchConsent(guard(capture)); // whatever goes wrong in it, the calls that wait are still to be heard
    replay(true);
    startConsent();
    replay(false);
  });
  captureClicks();
  watchLeaving();
  whenIdle(awake);
});

guard(() => {
  if (isRunning()) return;
  if (!readTag()) return console.warn("[ix] no data-key");
  // A page that is only prepared has not been seen by anyone.
  if ((document as { prerendering?: boolean }).prerendering) on(document, "prerenderingchange", start);
  else start();
})();
