import { apply, flushIn, keptChoice, on, record, setClosed } from "../kit";

/** Comes back from the back-forward cache. */
export function captureRestores(): void {
  on<PageTransitionEvent>(window, "pageshow", ({ persisted }) => {
    if (!persisted) return;
    apply(keptChoice("")); // another page may have asked meanwhile; where nothing is kept, what was said here still holds
    setClosed(0); // our outbox is in use again
    record("restore");
    flushIn(0);
  });
}
