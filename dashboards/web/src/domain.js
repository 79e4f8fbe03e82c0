// The interactions that came from a domain. There is no field of a referrer's domain: its address begins with one of these.

const STARTS = ["https://", "http://", "https://www.", "http://www.", "android-app://"];
const ENDS = ["/", ":"]; // of a domain: a path, or a port

/** The expression of a domain as the list of referrers names it: without www. */
export function fromDomain(domain) {
  const bare = STARTS.map((start) => start + domain);
  const longer = bare.flatMap((one) => ENDS.map((end) => ({ field: "referrer", starts_with: one + end })));
  return { or: [{ field: "referrer", is: bare }, ...longer] };
}

/** The domain, where an expression is one of these. */
export function domainOf(expr) {
  const first = expr.or?.[0]?.is?.[0];
  if (typeof first !== "string" || !first.startsWith(STARTS[0])) return undefined;
  const domain = first.slice(STARTS[0].length);
  return JSON.stringify(expr) === JSON.stringify(fromDomain(domain)) ? domain : undefined;
}
