import { on, recall } from "../kit";

/** Consent that was given or taken back in another tab. */
export function watchChoice(): void {
  on(window, "storage", () => recall());
}
