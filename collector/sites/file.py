"""The sites file: read again when it changes, changed under a lock."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tomlkit
from filelock import FileLock

from collector import telemetry
from collector.ownership import give_to_owner_of
from collector.sites.model import DEFAULT_SITE, ApiKey, Registry, Scope, hashed
from collector.sites.parsing import SitesError, check_write_keys, parse, parse_sites

log = telemetry.logger("sites")

CHECK_SECONDS = 1.0


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
        check_write_keys(sites, f"{self.path} and COLLECTOR_SITES")
        return Registry(sites, {**parsed.keys, **self._admin})

    @contextmanager
    def _edit(self) -> Iterator[tomlkit.TOMLDocument]:
        """Change the file under a lock; comments survive, readers see the old or the new whole."""
        folder = self.path.parent
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.path}.lock") as lock:
            give_to_owner_of(folder, Path(lock.lock_file))
            document = tomlkit.parse(self.path.read_text("utf-8") if self.path.exists() else "")
            yield document
            text = tomlkit.dumps(document)
            parse(text, str(self.path))
            temporary = self.path.with_suffix(".new")
            with open(temporary, "w", encoding="utf-8", opener=_private) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            give_to_owner_of(folder, temporary)
            os.replace(temporary, self.path)
        self._registry = self._read()

    def add_site(self, name: str, origins: list[str], write_key: str | None = None, **optional: str) -> str:
        """Add a site and return its write key; `optional` are further fields of `Site`. Raises SitesError."""
        with self._edit() as document:
            table = document.setdefault("sites", tomlkit.table(is_super_table=True))
            if name in table:
                raise SitesError(f"there is a site {name!r} already; remove it first: collector sites remove {name}")
            key = write_key or "pk_" + secrets.token_urlsafe(18)
            given = {field: value for field, value in optional.items() if value}
            table[name] = {"write_key": key, "origins": origins, **given}
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
        unknown = sorted(set(sites) - set(self.registry.sites) - {DEFAULT_SITE})
        if unknown:
            raise SitesError(
                f"there is no site {', '.join(unknown)}; add it first: collector sites add {unknown[0]} --origin URL"
            )
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
