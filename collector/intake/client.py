"""Who sends: the client's address as far as proxies are trusted, its country, and a visitor id without cookies.

The address is used and forgotten; it is never stored or logged.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import maxminddb
from filelock import FileLock

from collector.settings import Network, SettingsError

Address = IPv4Address | IPv6Address


def _address(text: str) -> Address | None:
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


class Proxies:
    """The proxies whose word is taken."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks

    def trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)

    def client(self, peer: str, forwarded_for: str) -> tuple[Address | None, bool]:
        """The client's address, and whether a trusted proxy spoke for it. `X-Forwarded-For` is read from
        the right as far as each hop is trusted, so that a client can't choose its own."""
        address = _address(peer)
        if not self._networks or not self.trusts(address):
            return address, False
        for hop in reversed(forwarded_for.split(",")):
            named = _address(hop)
            if named is None:
                break
            address = named
            if not self.trusts(named):
                break
        return address, True


class Countries:
    """Country (ISO 3166-1 alpha-2) of an address, from a MaxMind-format file. Without a file: empty."""

    def __init__(self, path: Path | None) -> None:
        try:
            self._reader = maxminddb.open_database(str(path)) if path else None
        except (maxminddb.InvalidDatabaseError, OSError) as error:
            raise SettingsError(f"COLLECTOR_GEOIP_DB: {path} is no MaxMind-format file: {error}") from None

    def of(self, address: Address | None) -> str:
        if self._reader is None or address is None:
            return ""
        try:
            found = self._reader.get(address)
        except ValueError:  # an IPv6 address, and a file of IPv4 addresses
            return ""
        country = found.get("country") if isinstance(found, Mapping) else None
        code = country.get("iso_code") if isinstance(country, Mapping) else None
        return code if isinstance(code, str) else ""


class DailyVisitors:
    """Ids for visitors without one: a digest of site, address and user agent under a salt that lives for a
    day and is then forgotten, so that nobody can be followed from one day to the next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._day = ""
        self._salt = b""

    def id(self, site: str, address: Address | None, user_agent: str) -> str:
        if address is None:
            return ""
        today = datetime.now(UTC).date().isoformat()
        if today != self._day:
            self._day, self._salt = today, self._load(today)
        text = f"{site}\0{address}\0{user_agent}".encode()
        return "daily-" + hashlib.blake2b(text, key=self._salt, digest_size=12).hexdigest()

    def _load(self, today: str) -> bytes:
        """Today's salt, shared by the workers on one data folder; yesterday's is overwritten."""
        with FileLock(f"{self._path}.lock"):
            # a power cut can leave the file empty: then the day gets another salt
            with suppress(OSError, ValueError, KeyError, TypeError):
                kept = json.loads(self._path.read_text("ascii"))
                if kept["day"] == today:
                    return bytes.fromhex(kept["salt"])
            salt = secrets.token_bytes(32)
            temporary = self._path.with_suffix(".new")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="ascii") as file:
                json.dump({"day": today, "salt": salt.hex()}, file)
            os.replace(temporary, self._path)
            return salt
