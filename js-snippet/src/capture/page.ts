import { on } from "../guard";
import { cleanUrl } from "../privacy/url";
import { record } from "../record";

export const pageView = (): void => record("page_view", { referrer: cleanUrl(document.referrer) });

export function capturePages(): void {
  pageView();
  on<PageTransitionEvent>(window, "pageshow", ({ persisted }) => {
    if (persisted) record("restore");
  });
}
