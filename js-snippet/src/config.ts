// The settings. All of them stand on our own script tag; single variables, because their names cost nothing then.
import { ownTag } from "./own-tag";
import type { Event } from "./protocol.gen";

export let tag: HTMLScriptElement;
export let key: string | undefined;
/** Where batches go, the write key in its query. */
export let endpoint: string;
/** What stands on the tag; what is asked for but once is read there. */
export let set: DOMStringMap;
/** Keep no id and nothing on disk. */
export const cookieless = (): boolean => set.cookieless != null;
/** Wait before sending, in ms: after something important, and otherwise. */
export let soon = 2000;
export let late = 4000;

type Hook = (event: Event) => Event | null | undefined;

/** Sees each event before it is noted, may change it, and drops it by returning nothing. */
export let beforeSend: Hook | undefined;
export const setHook = (hook: unknown): void => {
  beforeSend = hook as Hook;
};

/** Nothing when our tag carries no write key. */
export function findTag(): string | undefined {
  tag = ownTag() as HTMLScriptElement;
  return (key = tag?.dataset.key);
}

export function readTag(): void {
  set = tag.dataset;
  // https://host/s/v1.js -> https://host/v1/batch, also below a proxy's path.
  const batches = new URL(set.endpoint ?? new URL("../v1/batch", tag.src), location.href);
  batches.searchParams.set("k", key as string);
  endpoint = batches.href;
  if (set.flush) soon = late = +set.flush;
}
