"""URLs: what is secret is taken out, the rest is split. Cached, since shops have few pages.

Taken out: user info, fragments, and query parameters whose name says secret or personal, or whose
value is a JSON web token or an e-mail address. A path segment that is a token becomes `[removed]`.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlsplit, urlunsplit

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
_CACHED_LENGTH = 512


class Url(NamedTuple):
    """A cleaned URL and its parts; empty where there is none."""

    url: str
    path: str
    utm_source: str
    utm_medium: str
    utm_campaign: str


def is_secret(name: str, value: str) -> bool:
    """Whether a query parameter must not be kept."""
    words = _CAMEL.sub("_", name).lower()
    return bool(
        _SECRET_NAME.search(words) or _SECRET_WORD.search(name) or _JWT.search(value) or _MAIL.search(value)
    )


def split(url: str) -> Url:
    """Clean and split a URL, absolute or relative. A text that is no URL is cut at the first `?` or `#`."""
    return _split_cached(url) if len(url) <= _CACHED_LENGTH else _split(url)


def clean(url: str) -> str:
    """The URL without what is secret."""
    return split(url).url


def _split(url: str) -> Url:
    try:
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2]
    except ValueError:
        bare = re.split("[?#]", url, maxsplit=1)[0]
        return Url(bare, bare, "", "", "")
    path = _clean_path(parts.path)
    query = parts.query
    utm: dict[str, str] = {}
    if query:
        kept = []
        for pair in query.split("&"):
            name, _, value = pair.partition("=")
            if not is_secret(unquote_plus(name), unquote_plus(value)):
                kept.append(pair)
        query = "&".join(kept)
        utm = {name: value for name, value in parse_qsl(query, max_num_fields=None) if name.startswith("utm_")}
    return Url(
        urlunsplit((parts.scheme, netloc, path, query, "")),
        path,
        utm.get("utm_source", ""),
        utm.get("utm_medium", ""),
        utm.get("utm_campaign", ""),
    )


def _clean_path(path: str) -> str:
    if len(path) < 16:
        return path
    return "/".join(
        REMOVED if _TOKEN_SEGMENT.fullmatch(part) or _JWT.search(part) or _MAIL.search(unquote_plus(part)) else part
        for part in path.split("/")
    )


_split_cached = lru_cache(maxsize=16_384)(_split)
