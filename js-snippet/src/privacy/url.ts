import { SECRET_NAME } from "./secret-names";

const DEEPEST = 6;

/** By its name, or because its value is an e-mail address, or an address with secrets of its own. */
function isSecret(name: string, value: string, depth = 0): boolean {
  const words = name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  return (
    depth > DEEPEST ||
    SECRET_NAME.test(words) ||
    /\S@\S+\.\S/.test(value) ||
    (/=/.test(value) && [...new URLSearchParams(value.replace(/[?#;]/g, "&"))].some(([inner, of]) => isSecret(inner, of, depth + 1)))
  );
}

/** A URL without user info, fragment and secret parameters; only of the web: no `data:`, `blob:`, `mailto:`. */
export function cleanUrl(raw: string | null | undefined): string | undefined {
  if (!raw) return undefined;
  try {
    const url = new URL(raw, document.baseURI);
    if (!/^http/.test(url.protocol)) return undefined;
    url.username = url.password = url.hash = "";
    for (const [name, value] of [...url.searchParams]) {
      if (isSecret(name, value)) url.searchParams.delete(name);
    }
    return url.href.slice(0, 8192);
  } catch {
    return undefined; // not a URL
  }
}

export const pageUrl = (): string | undefined => cleanUrl(location.href);
