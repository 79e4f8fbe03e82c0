/** Matches a parameter `name=value` with what is cut out of every URL; what is no letter stands in it as `-`.
 *
 *  1. A secret name, also of a parameter inside of the value: all that the collector cuts (collector/intake/url.py), and
 *     some. First what is secret anywhere in a name: `reset-token`, `user-Email`, `PHPSESSID`, `new-password`, `api-Key`;
 *     then whole words: `code`, `auth-code`, `api-key`, but not `barcode` or `keyword`.
 *  2. An e-mail address.
 *  3. More addresses inside of each other than anyone would follow. */
export const SECRET =
  /(token|pass[wcp]|secret|sess|mail|credential|signature|jwt|apikey|auth(ori[sz]|c)|srf|bearer|\b(code|key|sid|o?auth|sig|hmac|pwd?|pass|pin|t?otp|mfa|nonce|state|ticket|saml\w*|login|user(name)?|phone|tel|iban|card|cv[vc]|ssn)\b)[^=?&#;]{0,99}=|(\S@|\bey-J)\S+\.\S|(=[^=?&#;]*){8}/i;
