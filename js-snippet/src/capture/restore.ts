import { checkOpen, flushIn, framed, on, recall, record, setClosed } from "../kit";

/** Comes back from the back-forward cache. */
export function captureRestores(): void {
  on<PageTransitionEvent>(window, "pageshow", ({ persisted }) => {
    if (!persisted) return;
    recall(); // another page may have asked meanwhile
    checkOpen(0);
    setClosed(0); // our outbox is in use again
    if (!framed()) record("restore");
    flushIn(0);
  });
}
