"""URLs: what is secret is taken out. Cached, since shops have few pages.

Taken out: user info, fragments, and query parameters whose name says secret or personal, or whose
value is a JSON web token, an e-mail address, or an address that holds a secret itself. A path segment that is a
token or an e-mail address becomes `[removed]`, and a secret parameter of a segment (`;jsessionid=…`) goes. A URL
over 2,048 characters loses its query.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_plus, urlsplit, urlunsplit

_SECRET_NAME = re.compile(
    r"""(?:^|[_.\-\[])(?:
        pass|passwd|password|pwd|pw|passphrase|passcode|secret|token|jwt|bearer|auth|authcode|authorization|oauth|[cx]srf|
        credentials?|otp|totp|mfa|pin|cvv|cvc|iban|ssn|signature|sig|hmac|sess|session|sessionid|sid|
        phpsessid|jsessionid|api[_\-]?key|apikey|access[_\-]?key|private[_\-]?key|client[_\-]?secret|
        code|state|nonce|ticket|samlresponse|samlrequest|e?mail|phone|tel
    )(?:$|[_.\-\]])""",
    re.VERBOSE,
)
_SECRET_WORD = re.compile(r"token|passw|secret|apikey|sessionid|credential|authori[sz]ation", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# each of these two begins where a word or an @ does, so that a hostile text costs no more than its length
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{6,}\.[\w-]{6,}")
_MAIL = re.compile(r"[^\s@/]@[^\s@/]+\.[^\s@/]")
_TOKEN_SEGMENT = re.compile(r"(?:[0-9a-fA-F]{40,}|(?=[\w~-]*\d)(?=[\w~-]*[A-Z])(?=[\w~-]*[a-z])[\w~-]{40,})")
_USER = re.compile(r"//[^/?#]*@")
_SPECIAL = re.compile("[@%;]")
_SEPARATOR = re.compile("[?&;#]")
_DEEPEST = 6
_MOST_INNER = 16
LONGEST = 2048
REMOVED = "[removed]"


def is_secret(name: str, value: str) -> bool:
    """Whether a query parameter must not be kept. The script tag takes out as much: js-snippet/src/privacy/secret-names.ts."""
    words = _CAMEL.sub("_", name).lower()
    both = f"{name} {value}"
    return bool(_SECRET_NAME.search(words) or _SECRET_WORD.search(name) or _JWT.search(both) or _MAIL.search(both))


@lru_cache(maxsize=4096)
def clean(url: str) -> str:
    """The URL, absolute or relative, without what is secret. A text that is no URL is cut at the first `?` or `#`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        left = _clean_path(_USER.sub("//", re.split("[?#]", url, maxsplit=1)[0]))
        return left if left == url else clean(left)  # without what was taken out it may be a URL
    query = parts.query if len(url) <= LONGEST else ""
    if query:
        query = "&".join(pair for pair in query.split("&") if not _is_secret_pair(pair))
    path, host = _clean_path(parts.path), parts.netloc.rpartition("@")[2]
    if not host and path.startswith("//"):
        path = "/" + path.lstrip("/")  # or what follows would become the host, and what stands before its @ stay
    return urlunsplit((parts.scheme, host, path, query, ""))


def _is_secret_pair(pair: str, depth: int = 0) -> bool:
    """Whether a parameter is secret, or its value is an address that has a secret one."""
    name, _, value = pair.partition("=")
    value = unquote_plus(value)
    if depth > _DEEPEST or is_secret(unquote_plus(name), value):
        return True
    if "=" not in value:
        return False
    inner = [pair for pair in _SEPARATOR.split(value) if "=" in pair]
    return len(inner) > _MOST_INNER or any(_is_secret_pair(pair, depth + 1) for pair in inner)


@lru_cache(maxsize=4096)
def path(url: str) -> str:
    """The path of a URL as people read it, such as `/categories/laptops`."""
    try:
        return _clean_path(urlsplit(url).path) or "/"
    except ValueError:
        return "/"


def _clean_path(path: str) -> str:
    if len(path) < 16 and not _SPECIAL.search(path):
        return path
    return "/".join(map(_clean_segment, path.split("/")))


def _clean_segment(part: str) -> str:
    if ";" in part:
        part, *parameters = part.split(";")
        part = ";".join([part, *(pair for pair in parameters if not _is_secret_pair(pair))])
    secret = _TOKEN_SEGMENT.fullmatch(part) or _JWT.search(part) or _MAIL.search(unquote_plus(part))
    return REMOVED if secret else part
