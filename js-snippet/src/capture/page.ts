import { cleanUrl, pageUrl } from "../privacy/url";
import { record } from "../record";

/** Where the visit of this page began, for whoever watches routes later. */
export const first: { url?: string | undefined; hash?: string } = {};

export const pageView = (): void => record("page_view", { referrer: cleanUrl(document.referrer) });

export function capturePages(): void {
  first.url = pageUrl();
  first.hash = location.hash;
  pageView();
}
