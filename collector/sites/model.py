"""A site, an API key, and all of them at one moment."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from collector.timezones import zone_name

_NAME = re.compile("[a-z0-9][a-z0-9._-]{0,63}")
_PATH = re.compile("(/[A-Za-z0-9_~.-]*[A-Za-z0-9_~-])+")
_SCRIPT = re.compile("[A-Za-z0-9_~-][A-Za-z0-9_~.-]*\\.js")
_PORTS = {"http": 80, "https": 443}
DEFAULT_SITE = "default"
"""Where keys publish that are for all sites or for several."""


class Scope(StrEnum):
    """What an API key may do; `admin` may do everything."""

    PUBLISH = "publish"
    READ = "read"
    DELETE = "delete"
    ADMIN = "admin"


def normal_origin(text: str) -> str:
    """An origin as browsers send it: `scheme://host[:port]`, lower case. Raises ValueError."""
    if text == "*":
        return text
    try:
        parts = urlsplit(text.strip().lower())
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
        whole = parts._replace(path=parts.path.rstrip("/")).geturl() == f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        host, whole = "", False
    if not whole or parts.scheme not in _PORTS or not re.fullmatch(r"[\w.:-]+", host) or "@" in parts.netloc:
        hint = "; each host is named, and * alone stands for all" if "*" in text else ""
        raise ValueError(f"{text!r} is no origin; write it like https://shop.example{hint}")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, _PORTS[parts.scheme]) else "")


def site_or_key_name(text: str) -> str:
    """A name of a site or a key. Raises ValueError."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no name; take lower-case letters, digits, '.', '_' and '-', at most 64, and begin with a letter or digit")  # fmt: skip
    return text


def _own_path(text: str) -> str:
    if text and not _PATH.fullmatch(text):
        raise ValueError(f"{text!r} is no path for this; write it like /fx")
    return text


def _own_script(text: str) -> str:
    if text and not _SCRIPT.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a script; write it like shop.js")
    return text


def _zone_or_none(name: str) -> str:
    return zone_name(name) if name else ""


Redacted = Literal[
    "interacted_image_url", "screenshot", "shadow_content", "expert_content", "tools_used", "email_addresses", "long_numbers"
]  # fmt: skip


class Forward(BaseModel):
    """What of a site goes to the Reflexio server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    kinds: tuple[str, ...] = ()
    """Event names, such as `feedback`; empty: everything said."""
    context_items: int = Field(20, ge=0, le=49)
    """How many actions go before something said, at most."""
    context_minutes: int = Field(30, ge=1, le=24 * 60)
    """How old they may be."""
    redact: frozenset[Redacted] = frozenset()
    """Fields left out; `email_addresses` and `long_numbers` are masked in texts."""

    def takes(self, event_name: str) -> bool:
        """Whether something said of this kind is forwarded."""
        return self.enabled and (not self.kinds or event_name in self.kinds)


class Site(BaseModel):
    """One site: its public write key, the pages that may send with it, its people's time zone, what is forwarded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    write_key: str = Field(min_length=8, max_length=128, pattern="^[A-Za-z0-9_-]+$")
    origins: tuple[Annotated[str, AfterValidator(normal_origin)], ...] = ()
    forward: Forward = Forward()
    path: Annotated[str, AfterValidator(_own_path)] = Field("", max_length=200)
    timezone: Annotated[str, AfterValidator(_zone_or_none)] = ""
    script: Annotated[str, AfterValidator(_own_script)] = Field("", max_length=64)

    @property
    def script_path(self) -> str:
        """The path of the script for the site's pages."""
        return f"{self.path}/s/{self.script or 'v1.js'}"

    def allows(self, origin: str) -> bool:
        """Whether pages of this origin may send. `null` says that a page has none (RFC 6454): nobody can tell whose it is."""
        return origin in self.origins or ("*" in self.origins and origin != "null")


class ApiKey(BaseModel):
    """One API key, known by the SHA-256 of its text (the text has 256 random bits)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    scopes: frozenset[Scope] = Field(min_length=1)
    sites: tuple[str, ...] = ()

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes


@dataclass(frozen=True)
class Registry:
    """Sites and keys at one moment, with the look-ups requests need."""

    sites: Mapping[str, Site]
    keys: Mapping[str, ApiKey]
    by_write_key: Mapping[str, str] = field(init=False)
    origins: frozenset[str] = field(init=False)
    paths: frozenset[str] = field(init=False)
    scripts: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_write_key", {site.write_key: name for name, site in self.sites.items()})
        object.__setattr__(self, "origins", frozenset(o for site in self.sites.values() for o in site.origins))
        object.__setattr__(self, "paths", frozenset(site.path for site in self.sites.values() if site.path))
        object.__setattr__(self, "scripts", frozenset(site.script for site in self.sites.values() if site.script))

    def key(self, text: str) -> tuple[str, ApiKey] | None:
        """Name and rights of the API key with this text, or None."""
        digest = hashed(text)
        found = None
        for name, key in self.keys.items():
            if hmac.compare_digest(key.sha256, digest):
                found = name, key
        return found


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
