import { actionable, describe, elements, nearest, on, record, touchedImage } from "../kit";

const FILE = /\.(pdf|zip|gz|7z|rar|(doc|xls|ppt)x?|csv|txt|epub|mp[34]|exe|dmg|msi|apk)$/i;

/** Links that lead to another site, or to a file. Their click is told as well. */
export function leaving(event: Event): void {
  const path = elements(event);
  const link = nearest(path, "a[href]") as HTMLAnchorElement | undefined;
  if (!event.isTrusted || !link || !/^http/.test(link.protocol)) return;
  const acted = actionable(path) ?? link;
  const type = link.hasAttribute("download") || FILE.test(link.pathname) ? "download" : link.host !== location.host && "outbound";
  if (type) record(type, { target: describe(link, path), image_url: touchedImage(path, acted) });
}

export const captureLeaving = (): void => on(window, "click", leaving);
