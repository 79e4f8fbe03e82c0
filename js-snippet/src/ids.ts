let last = 2 ** 52; // where a clock says less (before 2004), the time has as many digits all the same

/** UUID version 7. Time and counter are one number (exact until 2039): ids made later sort later, also within a ms. */
export function uuid7(): string {
  last = Math.max(last + 1, Date.now() * 4096);
  const time = "0" + last.toString(16);
  const chance = ((crypto.getRandomValues(new BigUint64Array(1))[0]! >> 2n) | (1n << 63n)).toString(16);
  return (time + chance).replace(/(.{8})(.{4})(...)(.{4})/, "$1-$2-7$3-$4-");
}
