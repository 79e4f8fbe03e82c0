import { beforeFlush } from "../delivery/before-flush";
import { guard, recall } from "../kit";

/** Consent that was given or taken back in another tab. Who goes there leaves this one first: to listen from the beginning
 *  would cost each page a millisecond while it loads. */
export function watchChoice(): void {
  const hear = guard(() => recall());
  const listen = (): void => addEventListener("storage", hear); // the same one is added once only
  if (!document.hasFocus()) listen();
  addEventListener("blur", listen);
  beforeFlush(listen);
}
