// Follows the core at once: all that can come a moment after the first click. It never holds anything up, and a page
// that goes away before it has come loses no click, no call and nothing that waits on disk.
import { hashes } from "ix:chunks";
import { watchChoice } from "../capture/choice";
import { captureCopy } from "../capture/copy";
import { captureErrors } from "../capture/errors";
import { captureFormLife } from "../capture/form-life";
import { captureForms } from "../capture/forms";
import { patchHistory } from "../capture/history";
import { captureImages } from "../capture/images";
import { captureLeaving } from "../capture/leaving";
import { captureMiddle } from "../capture/middle";
import { captureRage } from "../capture/rage";
import { captureRestores } from "../capture/restore";
import { captureRoutes } from "../capture/route";
import { captureScroll } from "../capture/scroll";
import { captureTyping } from "../capture/typing";
import { background } from "../dom/background";
import { split } from "../delivery/split";
import { keepAlive, watchAbandoned } from "../delivery/takeover";
import { brought, config, guard, load } from "../kit";

guard(() => {
  brought.split = split;
  brought.background = background;
  captureScroll();
  captureForms();
  captureTyping();
  captureFormLife();
  captureLeaving();
  captureRage();
  captureCopy();
  captureImages();
  captureErrors();
  captureMiddle();
  captureRestores();
  watchChoice();
  keepAlive();
  if (!captureRoutes()) patchHistory();
  watchAbandoned();
  if (config.debug) load(hashes.debug);
})();
