import { installApi, isRunning, replay } from "./api";
import { awake, sleep } from "./awake";
import { captureClicks } from "./capture/click";
import { findTag, readTag } from "./config";
import { startConsent } from "./decide";
import { watchLeaving } from "./delivery/leave";
import { guard, on, whenIdle } from "./guard";

/** Now only what cannot come later: to hear of clicks, of calls, and of the page's end. */
const start = (): void => {
  if (isRunning()) return; // asked only now: two tags may have waited for the same moment
  installApi();
  // Most calls that the page made before we came follow the page view.
  sleep(() => {
    replay(/^b/); // the hook: consent may begin with a page view
    replay(/^c/);
    startConsent();
    replay(/^[^bc]/);
  });
  captureClicks();
  watchLeaving();
  whenIdle(awake);
};

guard(() => {
  if (!findTag()) return console.warn("[ix] no data-key");
  readTag();
  // A page that is only prepared has not been seen by anyone.
  if ((document as { prerendering?: boolean }).prerendering) on(document, "prerenderingchange", start);
  else start();
})();
