import { SECRET } from "./secret-names";

function isSecret(pair: string): boolean {
  // An address inside of it may hold another one, whose `=` is `%253D` then. Nothing makes `unescape` fail.
  const plain = unescape(pair.replace(/%(25)+/g, "%"));
  return SECRET.test(plain.replace(/[\d_]|([a-z])(?=[A-Z])/g, "$1-"));
}

/** A URL without user info, fragment and secret parameters; only of the web: no `data:`, `blob:`, `mailto:`. */
export function cleanUrl(raw: string | null | undefined): string | undefined {
  if (!raw) return undefined;
  try {
    const url = new URL(raw, document.baseURI);
    if (!/^http/.test(url.protocol)) return undefined;
    url.username = url.password = url.hash = "";
    for (const [name, value] of [...url.searchParams]) {
      if (isSecret(name + "=" + value)) url.searchParams.delete(name);
    }
    return url.href.slice(0, 8192);
  } catch {
    return undefined; // not a URL
  }
}

export const pageUrl = (): string | undefined => cleanUrl(location.href);
