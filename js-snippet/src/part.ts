import { load } from "./kit";

const coming = new Map<string, Promise<void>>();

/** A part, loaded once however many ask for it while it is on its way. */
export function part(hash: string): Promise<void> {
  let promise = coming.get(hash);
  if (!promise) {
    promise = new Promise<void>((done) => load(hash, done)).finally(() => coming.delete(hash));
    coming.set(hash, promise);
  }
  return promise;
}
