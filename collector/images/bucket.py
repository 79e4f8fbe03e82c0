"""An S3-compatible bucket of pictures, through obstore (Rust's object_store: no boto, one small wheel).

Credentials, region and endpoint come from the usual `AWS_*` variables, an instance's role among them. `Bucket` has
the methods of `Folder`; they block, so they belong on a thread. There is no lock between machines here, so the order
of the steps keeps a picture whose last mark goes while another is set: `put` marks first and then looks whether the
bytes are there, `forget` looks for marks again once it has removed the bytes, and puts them back. Each `put` makes a
mark of its own, so that `forget` can't take a new one for the old one it saw.

    <prefix>/abcd…/image                 the bytes
    <prefix>/abcd…/sites/shop@3f29…      the site `shop` sent them, at this object's time (without @… by an earlier
                                         version); those that a later one replaces are removed
"""

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

CONNECT_SECONDS = 5
REQUEST_SECONDS = 10
_SITES = "sites"


class _Mark(NamedTuple):
    """A site sent a picture."""

    path: str
    image_id: str
    site: str
    at: datetime


class Bucket:
    """Pictures by id; each method raises OSError."""

    def __init__(self, url: str) -> None:
        self._url = url
        try:
            self._store = S3Store.from_url(
                url,
                client_options={
                    "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                    "timeout": timedelta(seconds=REQUEST_SECONDS),
                    "allow_http": True,
                },
                retry_config={"max_retries": 1, "retry_timeout": timedelta(seconds=REQUEST_SECONDS)},
            )
        except BaseError as error:
            raise OSError(f"{url}: {_brief(error)}") from error

    def sweep(self) -> None:
        """A bucket has no half-written objects."""

    def measure(self) -> None:
        """A bucket has no budget of ours."""

    def put(self, image_id: str, data: bytes, site: str) -> bool:
        """Keep a picture for a site; returns whether it was new."""
        with self._plainly():
            own = f"{image_id}/{_SITES}/{site}@{secrets.token_hex(8)}"
            obstore.put(self._store, own, b"")
            if self._there(_bytes(image_id)):
                self._replace(image_id, own)
                return False
            obstore.put(self._store, _bytes(image_id), data)
        return True

    def get(self, image_id: str) -> bytes | None:
        with self._plainly():
            try:
                return bytes(obstore.get(self._store, _bytes(image_id)).bytes())
            except FileNotFoundError as error:
                if "NoSuchBucket" in str(error):
                    raise
                return None

    def belongs(self, image_id: str, sites: Collection[str] | None) -> bool:
        """Whether one of the sites (None: any) has sent it."""
        with self._plainly():
            if sites is None:
                return self._there(_bytes(image_id))
            return any(mark.site in sites for mark in self._marks(image_id))

    def forget(self, image_id: str, site: str, before: float) -> bool:
        """As `Folder.forget`."""
        with self._plainly():
            for mark in self._marks(image_id):
                if mark.site == site and mark.at.timestamp() <= before:
                    obstore.delete(self._store, mark.path)
            if self._marks(image_id):
                return False
            data = self.get(image_id)
            if data is None:
                return True
            obstore.delete(self._store, _bytes(image_id))
            if self._marks(image_id):
                obstore.put(self._store, _bytes(image_id), data)
                return False
        return True

    def old(self, before: float) -> list[tuple[str, str]]:
        """As `Folder.old`."""
        with self._plainly():
            marks = self._marks()
        return list(dict.fromkeys((mark.image_id, mark.site) for mark in marks if mark.at.timestamp() <= before))

    def problem(self) -> str:
        """Why nothing can be written, or an empty text."""
        try:
            with self._plainly():
                obstore.put(self._store, ".probe", b"")
        except OSError as error:
            return str(error)
        return ""

    def _there(self, path: str) -> bool:
        try:
            obstore.head(self._store, path)
        except FileNotFoundError:
            return False
        return True

    def _marks(self, image_id: str = "") -> list[_Mark]:
        """Those of a picture, or of all."""
        found = []
        prefix = f"{image_id}/{_SITES}" if image_id else None
        for one in (one for page in obstore.list(self._store, prefix, chunk_size=1000) for one in page):
            owner, _, name = one["path"].rpartition(f"/{_SITES}/")
            if owner:
                mark = _Mark(one["path"], owner.rpartition("/")[2], name.partition("@")[0], one["last_modified"])
                found.append(mark)
        return found

    def _replace(self, image_id: str, own: str) -> None:
        """Remove the older marks of the same site: two that replace each other at once both keep the newer."""
        marks = self._marks(image_id)
        new = next((mark for mark in marks if mark.path == own), None)
        for mark in marks:
            if new and mark.site == new.site and mark.at < new.at:
                obstore.delete(self._store, mark.path)

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        """Errors of the library, which also raises built-in ones, as one line that names the bucket."""
        try:
            yield
        except (BaseError, OSError) as error:
            raise OSError(f"{self._url}: {_brief(error)}") from error


def _bytes(image_id: str) -> str:
    return f"{image_id}/image"


def _brief(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
