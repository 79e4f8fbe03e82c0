"""Files we serve: the script tag's file, and our own pages.

In a wheel they stand in `collector/_static`; in a checkout where they are built.
"""

import gzip
import hashlib
import json
import mimetypes
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

_PACKAGE = Path(__file__).resolve().parent.parent
_ASSET_NAME = re.compile(r"[a-z0-9-]{1,64}\.[a-z0-9]{1,8}")
FOREVER = "public, max-age=31536000, immutable"
SHORT = "public, max-age=600"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src * data:; font-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def _folder(packaged: str, checkout: str) -> Path:
    inside = _PACKAGE / "_static" / packaged
    return inside if inside.is_dir() else _PACKAGE.parent / checkout


SNIPPET = _folder("snippet", "js-snippet/dist")
WEB = _folder("web", "dashboards/web")


@dataclass(frozen=True)
class _File:
    plain: bytes
    gzip: bytes | None
    brotli: bytes | None


@cache
def _script(name: str) -> _File:
    path = SNIPPET / name

    def ready(suffix: str) -> bytes | None:
        made = path.with_name(path.name + suffix)
        return made.read_bytes() if made.is_file() else None

    return _File(path.read_bytes(), ready(".gz"), ready(".br"))


@cache
def _hashed() -> dict[str, str]:
    """Names that carry a hash -> our files: the script's own, and the parts that it loads."""
    manifest = json.loads((SNIPPET / "manifest.json").read_text("ascii"))
    return {part["hashed"]: part["file"] for part in (manifest, *manifest["chunks"].values())}


async def script(request: Request) -> Response:
    """`/s/v1.js` for life; `/s/v1.<hash>.js` and the parts, `/s/<hash>.js`, for ever; compressed ahead of time."""
    name = request.path_params["name"]
    found = "v1.js" if name == "v1.js" else _hashed().get(name)
    if found is None:
        raise HTTPException(404)
    cache_control = SHORT if name == "v1.js" else FOREVER
    file = _script(found)
    headers = {
        "cache-control": cache_control,
        "vary": "accept-encoding",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }
    accepted = request.headers.get("accept-encoding", "")
    body = file.plain
    for encoding, data in (("br", file.brotli), ("gzip", file.gzip)):
        if data is not None and encoding in accepted:
            body, headers["content-encoding"] = data, encoding
            break
    return Response(body, headers=headers, media_type="text/javascript; charset=utf-8")


def page(name: str) -> FileResponse:
    """One of our own pages, under a strict content security policy."""
    return FileResponse(WEB / name, headers=_page_headers(), media_type="text/html")


def _page_headers() -> dict[str, str]:
    return {
        "content-security-policy": PAGE_POLICY,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": "no-cache",
    }


@dataclass(frozen=True)
class _Asset:
    """A file of our pages, its mark for `If-None-Match`, and its bytes packed, where that is worth it."""

    plain: bytes
    mark: str
    gzip: bytes | None
    kind: str


@lru_cache(maxsize=64)
def _asset(path: Path, _changed_ns: int) -> _Asset:
    plain = path.read_bytes()
    packed = gzip.compress(plain, mtime=0)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    mark = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
    return _Asset(plain, mark, packed if len(packed) < len(plain) * 0.9 else None, kind)


async def asset(request: Request) -> Response:
    """Scripts and styles of our pages: asked for again at each load, sent again only when they changed."""
    name = request.path_params["name"]
    path = WEB / "assets" / name
    if not _ASSET_NAME.fullmatch(name) or not path.is_file():
        raise HTTPException(404)
    file = _asset(path, path.stat().st_mtime_ns)
    headers = {
        "cache-control": "no-cache",
        "etag": file.mark,
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
    if request.headers.get("if-none-match", "").removeprefix("W/") == file.mark:
        return Response(status_code=304, headers=headers)
    if file.gzip and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.gzip, headers={**headers, "content-encoding": "gzip"}, media_type=file.kind)
    return Response(file.plain, headers=headers, media_type=file.kind)
