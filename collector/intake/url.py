"""URLs: what is secret is taken out. Cached, since shops have few pages.

Taken out: user info, fragments, and query parameters whose name says secret or personal, or whose
value is a JSON web token or an e-mail address. A path segment that is a token becomes `[removed]`.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_plus, urlsplit, urlunsplit

_SECRET_NAME = re.compile(
    r"""(?:^|[_.\-\[])(?:
        pass|passwd|password|pwd|passphrase|passcode|secret|token|jwt|bearer|auth|authorization|oauth|
        credentials?|otp|totp|mfa|pin|cvv|cvc|iban|ssn|signature|sig|hmac|sess|session|sessionid|sid|
        phpsessid|jsessionid|api[_\-]?key|apikey|access[_\-]?key|private[_\-]?key|client[_\-]?secret|
        code|state|nonce|ticket|samlresponse|samlrequest|e?mail|phone|tel
    )(?:$|[_.\-\]])""",
    re.VERBOSE,
)
_SECRET_WORD = re.compile(r"token|passw|secret|apikey|sessionid|credential|authori[sz]ation", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_JWT = re.compile(r"eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?")
_MAIL = re.compile(r"[^\s@/]+@[^\s@/]+\.[^\s@/]+")
_TOKEN_SEGMENT = re.compile(r"(?:[0-9a-fA-F]{40,}|(?=[\w~-]*\d)(?=[\w~-]*[A-Z])(?=[\w~-]*[a-z])[\w~-]{40,})")
REMOVED = "[removed]"


def is_secret(name: str, value: str) -> bool:
    """Whether a query parameter must not be kept."""
    words = _CAMEL.sub("_", name).lower()
    return bool(_SECRET_NAME.search(words) or _SECRET_WORD.search(name) or _JWT.search(value) or _MAIL.search(value))


@lru_cache(maxsize=4096)
def clean(url: str) -> str:
    """The URL, absolute or relative, without what is secret. A text that is no URL is cut at the first `?` or `#`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return re.split("[?#]", url, maxsplit=1)[0]
    query = parts.query
    if query:
        query = "&".join(pair for pair in query.split("&") if not _is_secret_pair(pair))
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], _clean_path(parts.path), query, ""))


def _is_secret_pair(pair: str) -> bool:
    name, _, value = pair.partition("=")
    return is_secret(unquote_plus(name), unquote_plus(value))


@lru_cache(maxsize=4096)
def path(url: str) -> str:
    """The path of a URL as people read it, such as `/categories/laptops`."""
    try:
        return _clean_path(urlsplit(url).path) or "/"
    except ValueError:
        return "/"


def _clean_path(path: str) -> str:
    if len(path) < 16:
        return path
    return "/".join(
        REMOVED if _TOKEN_SEGMENT.fullmatch(part) or _JWT.search(part) or _MAIL.search(unquote_plus(part)) else part
        for part in path.split("/")
    )
