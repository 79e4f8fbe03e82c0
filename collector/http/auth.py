"""Who asks: an API key as `Authorization: Bearer …`, or a browser that signed in with one.

A signed-in browser holds a signed cookie that names its key; the key itself stays out of it. Removing
the key signs the browser out. Browsers send cookies along with what other pages make them send, so a cookie
lets read only, whatever its key may do.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from collector.http.errors import ProblemError
from collector.sites import ApiKey, Scope, SitesFile

COOKIE = "collector_session"
_SECRET_CHARACTERS = 64
COOKIE_SECONDS = 30 * 24 * 3600
TICKET_SECONDS = 600
SIGNED_SECONDS = 300
_OWN = frozenset({"same-origin", "none"})


@dataclass(frozen=True)
class Caller:
    """A known caller: its key's name and the sites it may use (None for all)."""

    name: str
    sites: tuple[str, ...] | None


class Auth:
    """Checks callers against the keys; makes and reads sign-in cookies and tickets. `own_url`: where people reach us."""

    def __init__(self, sites: SitesFile, secret_file: Path, own_url: str = "") -> None:
        self._sites = sites
        self._own = urlsplit(own_url)
        self._signer = URLSafeTimedSerializer(_secret(secret_file), salt="session")
        self._tickets = URLSafeTimedSerializer(_secret(secret_file), salt="ticket")
        self._images = TimestampSigner(_secret(secret_file), salt="image", sep=".")

    def require(self, connection: HTTPConnection, scope: Scope) -> Caller:
        """The caller, if it may do this. Raises ProblemError 401 or 403."""
        name, key = self._who(connection)
        if scope is not Scope.READ and not connection.headers.get("authorization"):
            raise ProblemError(
                403, "scope_missing", f"a browser that signed in may only read; for {scope.value} send the key as Authorization: Bearer <key>"
            )  # fmt: skip
        if not key.may(scope):
            raise ProblemError(
                403, "scope_missing", f"the key {name!r} lacks the scope {scope.value}; make one: collector keys create"
            )
        return Caller(name, key.sites or None)

    def identify(self, connection: HTTPConnection) -> Caller:
        """The caller, whatever it may do. Raises ProblemError 401."""
        name, key = self._who(connection)
        return Caller(name, key.sites or None)

    def _who(self, connection: HTTPConnection) -> tuple[str, ApiKey]:
        header = connection.headers.get("authorization", "")
        if header:
            scheme, _, text = header.partition(" ")
            found = self._sites.registry.key(text.strip()) if scheme.lower() == "bearer" else None
            if found:
                return found
            raise _unknown("the API key is unknown; send it as Authorization: Bearer <key>")
        if cookie := connection.cookies.get(COOKIE):
            self.own_page(connection)
            found = self._from_signed(self._signer, cookie, COOKIE_SECONDS)
            if found:
                return found
        raise _unknown("an API key is needed; send it as Authorization: Bearer <key>, or sign in")

    def own_page(self, connection: HTTPConnection) -> None:
        """That what changes something was not sent by another origin's page, with our cookie or to put one there: by
        Fetch Metadata, and where it is missing (plain HTTP), by `Origin` (RFC 6454). Raises ProblemError 403."""
        if connection.scope.get("method") in ("GET", "HEAD"):
            return
        site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
        if site:
            foreign = site not in _OWN
        else:
            foreign = bool(origin) and urlsplit(origin).netloc not in (connection.headers.get("host"), self._own.netloc)
        if foreign:
            raise ProblemError(403, "foreign_page", "a page of another origin may not do this in a signed-in browser")

    def secure(self, connection: HTTPConnection) -> bool:
        """Whether the browser reached us over TLS, which ends before us."""
        return self._own.scheme == "https" and connection.headers.get("host") == self._own.netloc

    def _from_signed(self, signer: URLSafeTimedSerializer, text: str, seconds: int) -> tuple[str, ApiKey] | None:
        try:
            name, digest = signer.loads(text, max_age=seconds)
        except (BadSignature, ValueError, TypeError):
            return None
        key = self._sites.registry.keys.get(name)
        return (name, key) if key and key.sha256[:16] == digest else None

    def cookie_for(self, text: str) -> str | None:
        """The cookie's value for a browser that shows an API key which may read, or None."""
        found = self._sites.registry.key(text)
        return self._signed(self._signer, found) if found and found[1].may(Scope.READ) else None

    def ticket(self, name: str) -> str:
        """A text that signs a browser in for the next ten minutes, for links made by our own programs."""
        return self._signed(self._tickets, (name, self._sites.registry.keys[name]))

    def cookie_for_ticket(self, text: str) -> str | None:
        found = self._from_signed(self._tickets, text, TICKET_SECONDS)
        return self._signed(self._signer, found) if found else None

    def signed_image_url(self, image_id: str, *, thumbnail_width: int | None = None) -> str:
        """The path and query that show a stored image, or its thumbnail, to anyone for five minutes. Only for callers
        who may read the image: a signed address asks no more."""
        signature = self._images.sign(image_id).decode("ascii").partition(".")[2]
        small = f"/thumbnail?width={thumbnail_width}&" if thumbnail_width else "?"
        return f"/images/{image_id}{small}signature={signature}"

    def image_is_signed(self, image_id: str, signature: str) -> bool:
        """Whether this is an image's signature, and young enough."""
        try:
            self._images.unsign(f"{image_id}.{signature}".encode(), max_age=SIGNED_SECONDS)
        except BadSignature:
            return False
        return True

    def _signed(self, signer: URLSafeTimedSerializer, found: tuple[str, ApiKey]) -> str:
        name, key = found
        return str(signer.dumps([name, key.sha256[:16]]))


def _unknown(detail: str) -> ProblemError:
    return ProblemError(401, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})


def _secret(path: Path) -> str:
    """The signing secret, made at the first start and kept beside the data."""
    if not path.exists() or path.stat().st_size < _SECRET_CHARACTERS:
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_bytes().hex()
