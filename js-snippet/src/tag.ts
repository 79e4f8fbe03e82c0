import type { Config } from "./config";
import { cap } from "./text";

/** The settings on our own script tag; nothing when it carries no write key. */
export function readTag(): Partial<Config> | undefined {
  const tag = (document.currentScript ?? document.querySelector("script[data-key]")) as HTMLScriptElement | null;
  const attribute = (name: string): string | undefined => tag?.getAttribute("data-" + name) ?? undefined;
  const key = attribute("key");
  if (!tag || !key) return undefined;

  // https://host/s/v1.js -> https://host/v1/batch, also below a proxy's path.
  const endpoint = new URL(attribute("endpoint") ?? new URL("../v1/batch", tag.src).href, location.href);
  endpoint.searchParams.set("k", key);
  const flush = Number(attribute("flush") || NaN);

  return {
    key,
    base: new URL(".", tag.src).href,
    nonce: tag.nonce,
    endpoint: endpoint.href,
    source: cap(attribute("source"), 128),
    agentVersion: cap(attribute("agent-version"), 100),
    debug: attribute("debug") !== undefined,
    ask: attribute("consent") === "pending",
    cookieless: attribute("cookieless") !== undefined,
    ...(flush >= 0 ? { soon: flush, late: flush } : {}),
  };
}
