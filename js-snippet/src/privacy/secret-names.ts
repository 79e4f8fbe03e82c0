/** Names of query parameters that are cut out of every URL: all that the collector cuts (collector/intake/url.py), and some. */

/** Anywhere in a name: `reset_token`, `userEmail`, `PHPSESSID`. */
const PARTS = "token|pass(w|code|phrase)|secret|sess|e-?mail|credential|signature|jwt|api-?key|auth(ori[sz]|code)|[cx]srf|bearer";

/** A whole word of a name: `code`, `auth_code`, `api.key`, but not `barcode` or `keyword`. */
const WORDS =
  "code|key|sid|o?auth|sig|hmac|pwd?|pass|pin|t?otp|mfa|nonce|state|ticket|saml\\w*|login|user(name)?|phone|tel|iban|card|cvv|cvc|ssn";

export const SECRET_NAME = new RegExp(`${PARTS}|(^|[^a-z])(${WORDS})([^a-z]|$)`);
