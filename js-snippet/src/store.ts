import * as config from "./config";

/** What outlives the page: localStorage, the only store that survived a crash of the page's process.
 *  Before consent, and where the browser gives no storage or no room, the page's memory instead. */
const memory = new Map<string, string>();
let persistent = false;

export const fullKey = (key: string): string => `ix.${config.key}.${key}`;

/** localStorage may be forbidden or full: then nothing is returned. */
export function onDisk<T>(fn: (disk: Storage) => T): T | undefined {
  try {
    return fn(localStorage);
  } catch {
    return undefined;
  }
}

export function get(key: string): string | false | null | undefined {
  return memory.get(key) ?? (persistent && onDisk((disk) => disk.getItem(fullKey(key))));
}

export function set(key: string, value: string): void {
  memory.set(key, value);
  if (persistent) {
    onDisk((disk) => {
      disk.setItem(fullKey(key), value);
      memory.delete(key);
    });
  }
}

export function remove(key: string): void {
  memory.delete(key);
  onDisk((disk) => disk.removeItem(fullKey(key)));
}

/** The keys on disk that start with `prefix`. */
export function keys(prefix: string): string[] {
  const all = onDisk(Object.keys) ?? [];
  return all.filter((key) => key.startsWith(fullKey(prefix))).map((key) => key.slice(fullKey("").length));
}

/** Whether from now on everything goes to disk, or nothing of ours stays there, not from other tabs either. What memory
 *  held is forgotten: what of it may be kept its owner writes again. */
export function keepOnDisk(may: boolean): void {
  persistent = may;
  memory.clear();
  if (!persistent) keys("").forEach(remove);
}
