import { cleanUrl, pageUrl } from "../privacy/url";
import { record } from "../record";

/** Where the visit of this page began, for whoever watches routes later. */
export const first: { url?: string | undefined; hash?: string } = {};

export const pageView = (): void => record("page_view", { referrer: cleanUrl(document.referrer) });

/** A frame in a page that carries the tag too is a part of it, and no page that someone went to. */
export const framed = (): unknown => frameElement?.ownerDocument.querySelector("script[data-key]");

export function capturePages(): void {
  first.url = pageUrl();
  first.hash = location.hash;
  if (!framed()) pageView();
}
