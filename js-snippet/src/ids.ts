let last = 0;

/** UUID version 7. Time and counter are one number (exact until 2039): ids made later sort later, also within a ms. */
export function uuid7(): string {
  last = Math.max(last + 1, Date.now() * 4096 + Math.floor(Math.random() * 2048));
  const time = last.toString(16).padStart(15, "0");
  const chance = crypto.getRandomValues(new BigUint64Array(1))[0]!.toString(16).padStart(16, "0");
  return (time + "8" + chance.slice(1)).replace(/(.{8})(.{4})(.{3})(.{4})/, "$1-$2-7$3-$4-");
}
