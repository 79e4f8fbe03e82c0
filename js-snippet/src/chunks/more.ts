// Follows the core at once: all that can come a moment after the first click. It never holds anything up, and a page
// that goes away before it has come loses no click, no call and nothing that waits on disk.
import { hashes } from "ix:chunks";
import { watchChoice } from "../capture/choice";
import { captureCopy } from "../capture/copy";
import { captureDeadClicks } from "../capture/dead";
import { captureErrors } from "../capture/errors";
import { captureFormLife } from "../capture/form-life";
import { watchForms } from "../capture/form-events";
import { captureForms } from "../capture/forms";
import { patchHistory } from "../capture/history";
import { captureImages } from "../capture/images";
import { captureLeaving } from "../capture/leaving";
import { captureMiddle } from "../capture/middle";
import { captureRage } from "../capture/rage";
import { captureRestores } from "../capture/restore";
import { captureRoutes, onRoute } from "../capture/route";
import { feedbackWithShots } from "../capture/shots";
import { captureScroll } from "../capture/scroll";
import { captureTyping } from "../capture/typing";
import { warmUp } from "../capture/warm";
import { background } from "../dom/background";
import { forgetProduct, productInCatalogue, readCatalogue } from "../dom/catalogue";
import { beforeFlush } from "../delivery/before-flush";
import { split } from "../delivery/split";
import { keepAlive, watchAbandoned } from "../delivery/takeover";
import { part } from "../part";
import { brought, context, guard, later, load, on, readViewport, tag, whenIdle } from "../kit";

interface WithTemporal {
  Temporal: { Now: { timeZoneId(): string } };
}

/** Not at load: it takes a while, and `Intl`, where there is nothing else, 20 ms of a slow phone. */
function askTimezone(): void {
  if ("Temporal" in window) beforeFlush(() => (context.timezone ??= (window as unknown as WithTemporal).Temporal.Now.timeZoneId()));
  else whenIdle(() => (context.timezone = Intl.DateTimeFormat().resolvedOptions().timeZone));
}

brought.split = split;
brought.image = background;
brought.product = productInCatalogue;
// What delivers, and hears of consent, comes first. One that fails, on a page that has names of its own for what we ask,
// stops no other.
for (const begin of [
  keepAlive,
  watchAbandoned,
  watchChoice,
  captureRestores,
  () => captureRoutes() || patchHistory(),
  feedbackWithShots,
  watchForms,
  captureForms,
  captureTyping,
  captureFormLife,
  captureLeaving,
  captureMiddle,
  captureRage,
  captureDeadClicks,
  captureCopy,
  captureErrors,
  captureScroll,
  captureImages,
  askTimezone,
  warmUp,
  () => {
    // Never in a click: what a long list says of itself takes a while to read.
    const read = (): unknown => whenIdle(readCatalogue);
    read();
    on(window, "load", read);
    onRoute(() => {
      forgetProduct();
      for (const ms of [1_000, 4_000]) later(read, ms);
    });
    on(window, "resize", readViewport);
    const { debug, feedback, vitals } = tag.dataset;
    if (debug != null) load(hashes.debug);
    if (feedback != null) void part(hashes.feedback);
    if (vitals != null) load(hashes.vitals);
  },
])
  guard<[], unknown>(begin)();
