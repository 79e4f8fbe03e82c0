/** Names of query parameters that are cut out of every URL. */

/** Anywhere in a name: `reset_token`, `userEmail`, `PHPSESSID`. */
const PARTS = "token|passw|secret|sess|e-?mail|credential|signature|jwt|api-?key";

/** A whole word of a name: `code`, `auth_code`, `api.key`, but not `barcode` or `keyword`. */
const WORDS = "code|key|sid|auth|sig|hmac|pwd|pass|pin|otp|nonce|ticket|saml\\w*|login|user(name)?|phone|iban|card|cvv|cvc|ssn";

export const SECRET_NAME = new RegExp(`${PARTS}|(^|[^a-z])(${WORDS})([^a-z]|$)`);
