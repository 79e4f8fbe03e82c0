"""Sites, write keys, allowed origins and API keys: one TOML file, read again when it changes.

[sites.shop]
write_key = "pk_…"                      # public: stands in the page
origins = ["https://shop.example"]      # pages that may send; "*" allows any
path = "/fx"                            # optional: also served below this path, for a proxy of the shop's own host
script = "shop.js"                      # optional: another name of the script, /s/shop.js

[sites.shop.forward]                    # to the Reflexio server, where one is configured; all optional
kinds = ["feedback", "message"]         # which things said; empty: all
context_items = 20                      # how many actions before them go along,
context_minutes = 30                    # and how old these may be
redact = ["screenshot", "email_addresses"]

[keys.analyst]
sha256 = "…"                            # of the key; the key itself is shown once and not kept
scopes = ["read"]                       # publish, read, delete, admin
sites = ["shop"]                        # empty: all sites
"""

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import tomlkit
from filelock import FileLock
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from tomlkit.exceptions import TOMLKitError

from collector import telemetry

log = telemetry.logger("sites")

NAME_PATTERN = "^[a-z0-9][a-z0-9._-]{0,63}$"
CHECK_SECONDS = 1.0
_PORTS = {"http": 80, "https": 443}


class SitesError(Exception):
    """The sites file, or a change to it, is wrong; the message says where and what to do."""


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
    if not whole or parts.scheme not in _PORTS or not re.fullmatch(r"[\w.:*-]+", host) or "@" in parts.netloc:
        raise ValueError(f"{text!r} is no origin; write it like https://shop.example")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, _PORTS[parts.scheme]) else "")


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


class Site(BaseModel):
    """One site: its public write key, the pages that may send with it, and what is forwarded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    write_key: str = Field(min_length=8, max_length=128, pattern="^[A-Za-z0-9_-]+$")
    origins: tuple[Annotated[str, AfterValidator(normal_origin)], ...] = ()
    forward: Forward = Forward()
    path: str = Field("", max_length=200, pattern="^((/[A-Za-z0-9_~.-]*[A-Za-z0-9_~-])+)?$")
    script: str = Field("", max_length=64, pattern="^([A-Za-z0-9_~-][A-Za-z0-9_~.-]*\\.js)?$")

    @property
    def script_path(self) -> str:
        """The path of the script for the site's pages."""
        return f"{self.path}/s/{self.script or 'v1.js'}"

    def allows(self, origin: str) -> bool:
        return origin in self.origins or "*" in self.origins


class ApiKey(BaseModel):
    """One API key, known by the SHA-256 of its text (the text has 256 random bits)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    scopes: frozenset[Scope] = Field(min_length=1)
    sites: tuple[str, ...] = ()

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sites: dict[Annotated[str, Field(pattern=NAME_PATTERN)], Site] = {}
    keys: dict[Annotated[str, Field(pattern=NAME_PATTERN)], ApiKey] = {}


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


class SitesFile:
    """The file, plus what settings add (`COLLECTOR_SITES`, `COLLECTOR_ADMIN_KEY`)."""

    def __init__(self, path: Path, *, extra_sites: str = "", admin_key: str = "") -> None:
        self.path = path
        self._extra = parse_sites(extra_sites)
        self._admin = (
            {"admin-key": ApiKey(sha256=hashed(admin_key), scopes=frozenset({Scope.ADMIN}))} if admin_key else {}
        )
        self._stamp = self._stat()
        self._next_check = time.monotonic() + CHECK_SECONDS
        self._registry = self._read()

    @property
    def registry(self) -> Registry:
        """The current registry. A change of the file shows within a second; a broken file is reported
        in the log and the last good one stays in force."""
        if time.monotonic() >= self._next_check:
            self._next_check = time.monotonic() + CHECK_SECONDS
            stamp = self._stat()
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._registry = self._read()
                    log.info("sites read again", file=str(self.path), sites=len(self._registry.sites))
                except SitesError as error:
                    log.error("the sites file is wrong and was not read again", problem=str(error))
        return self._registry

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> Registry:
        try:
            text = self.path.read_text("utf-8") if self.path.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise SitesError(f"{self.path}: can't be read: {error}") from None
        parsed = parse(text, str(self.path))
        sites = {**parsed.sites, **self._extra}
        _check_write_keys(sites, f"{self.path} and COLLECTOR_SITES")
        return Registry(sites, {**parsed.keys, **self._admin})

    @contextmanager
    def _edit(self) -> Iterator[tomlkit.TOMLDocument]:
        """Change the file under a lock; comments survive, readers see the old or the new whole."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.path}.lock"):
            document = tomlkit.parse(self.path.read_text("utf-8") if self.path.exists() else "")
            yield document
            text = tomlkit.dumps(document)
            parse(text, str(self.path))
            temporary = self.path.with_suffix(".new")
            with open(temporary, "w", encoding="utf-8", opener=_private) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        self._registry = self._read()

    def add_site(
        self, name: str, origins: list[str], write_key: str | None = None, *, path: str = "", script: str = ""
    ) -> str:
        """Add a site and return its write key. Raises SitesError."""
        with self._edit() as document:
            table = document.setdefault("sites", tomlkit.table(is_super_table=True))
            if name in table:
                raise SitesError(f"there is a site {name!r} already; remove it first: collector sites remove {name}")
            key = write_key or "pk_" + secrets.token_urlsafe(18)
            own_names = {field: value for field, value in (("path", path), ("script", script)) if value}
            table[name] = {"write_key": key, "origins": origins, **own_names}
        return key

    def allow(self, name: str, origin: str) -> None:
        """Add an origin to a site. Raises SitesError."""
        with self._edit() as document:
            table = document.get("sites", {})
            if name not in table:
                raise SitesError(f"there is no site {name!r}; see: collector sites list")
            origins = [*table[name].get("origins", []), origin]
            table[name]["origins"] = list(dict.fromkeys(origins))

    def add_key(self, name: str, scopes: list[Scope], sites: list[str]) -> str:
        """Add an API key and return its text, which is not kept. Raises SitesError."""
        unknown = sorted(set(sites) - set(self.registry.sites))
        if unknown:
            raise SitesError(f"there is no site {', '.join(unknown)}; add it first: collector sites add {unknown[0]}")
        with self._edit() as document:
            table = document.setdefault("keys", tomlkit.table(is_super_table=True))
            if name in table:
                raise SitesError(f"there is a key {name!r} already; revoke it first: collector keys revoke {name}")
            text = "ik_" + secrets.token_urlsafe(32)
            table[name] = {"sha256": hashed(text), "scopes": [s.value for s in scopes], "sites": sites}
        return text

    def remove(self, kind: str, name: str) -> None:
        """Remove a site (`kind` "sites") or a key ("keys"). Raises SitesError when there is none."""
        with self._edit() as document:
            table = document.get(kind, {})
            if name not in table:
                raise SitesError(f"there is no {kind.removesuffix('s')} {name!r}; see: collector {kind} list")
            del table[name]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def parse(text: str, name: str) -> _File:
    """Read the TOML text of the file. Raises SitesError naming the place and the rule."""
    try:
        parsed = _File.model_validate(tomlkit.parse(text).unwrap())
    except TOMLKitError as error:
        raise SitesError(f"{name}: {error}") from None
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors())
        raise SitesError(f"{name}: " + "; ".join(lines)) from None
    _check_write_keys(parsed.sites, name)
    return parsed


def _check_write_keys(sites: Mapping[str, Site], name: str) -> None:
    if len({site.write_key for site in sites.values()}) != len(sites):
        raise SitesError(f"{name}: two sites have the same write_key")


def parse_sites(text: str) -> dict[str, Site]:
    """Read `name=write_key@origin,origin;name=…`. Raises SitesError."""
    sites = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, _, rest = part.partition("=")
        key, _, origins = rest.partition("@")
        listed = [origin for origin in origins.split(",") if origin]
        document = tomlkit.dumps({"sites": {name.strip(): {"write_key": key, "origins": listed}}})
        sites.update(parse(document, "COLLECTOR_SITES").sites)
    return sites
