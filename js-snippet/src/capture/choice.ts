import { beforeFlush } from "../delivery/before-flush";
import { guard, recall } from "../kit";

/** Consent that was given or taken back in another tab. Whoever does that mostly leaves this one first, and to listen
 *  would cost each page a millisecond while it loads; the choice is also read before anything is sent. */
export function watchChoice(): void {
  const hear = guard(() => recall());
  let listening = false;
  const listen = (): void => {
    if (!listening) addEventListener("storage", hear);
    listening = true;
    hear(); // what was said before
  };
  if (document.hasFocus()) hear();
  else listen();
  addEventListener("blur", listen);
  beforeFlush(listen);
}
