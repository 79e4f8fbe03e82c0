"""An S3-compatible bucket of pictures, through obstore (Rust's object_store: no boto, one small wheel).

Credentials, region and endpoint come from the usual `AWS_*` variables, an instance's role among them. `Bucket` has
the methods of `Folder`; they block, so they belong on a thread. There is no lock between machines here, so the order
of the steps keeps a picture whose last mark goes while another is set: `put` marks first and then looks whether the
bytes are there, `forget` looks for marks again once it has removed the bytes, and puts them back.

    <prefix>/abcd…/image         the bytes
    <prefix>/abcd…/sites/shop    the site `shop` sent them, last at this object's time
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

CONNECT_SECONDS = 5
REQUEST_SECONDS = 10
_SITES = "sites"


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
            obstore.put(self._store, _mark(image_id, site), b"")
            if self._there(_bytes(image_id)):
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
            return any(self._there(_mark(image_id, site)) for site in sites)

    def forget(self, image_id: str, site: str, before: float) -> bool:
        """As `Folder.forget`."""
        with self._plainly():
            mark = _mark(image_id, site)
            if self._there(mark) and obstore.head(self._store, mark)["last_modified"].timestamp() <= before:
                obstore.delete(self._store, mark)
            if self._marked(image_id):
                return False
            data = self.get(image_id)
            if data is None:
                return True
            obstore.delete(self._store, _bytes(image_id))
            if self._marked(image_id):
                obstore.put(self._store, _bytes(image_id), data)
                return False
        return True

    def old(self, before: float) -> list[tuple[str, str]]:
        """As `Folder.old`."""
        with self._plainly():
            listed = [one for page in obstore.list(self._store, chunk_size=1000) for one in page]
        found = []
        for one in listed:
            image_id, _, site = one["path"].rpartition(f"/{_SITES}/")
            if image_id and one["last_modified"].timestamp() <= before:
                found.append((image_id.rpartition("/")[2], site))
        return found

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

    def _marked(self, image_id: str) -> bool:
        return any(page for page in obstore.list(self._store, f"{image_id}/{_SITES}"))

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        """Errors of the library, which also raises built-in ones, as one line that names the bucket."""
        try:
            yield
        except (BaseError, OSError) as error:
            raise OSError(f"{self._url}: {_brief(error)}") from error


def _bytes(image_id: str) -> str:
    return f"{image_id}/image"


def _mark(image_id: str, site: str) -> str:
    return f"{image_id}/{_SITES}/{site}"


def _brief(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
