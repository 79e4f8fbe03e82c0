"""Content codings of ClickHouse's HTTP interface: lz4 (frames), zstd, br, gzip, deflate, identity.

A body may consist of several frames, as clickhouse-connect writes one for each block.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module, util
from typing import Any

from tests.support.clickhouse_front.errors import NOT_IMPLEMENTED, ClickHouseError

_zstd: Any = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
_lz4: Any = import_module("lz4.frame")
_brotli: Any = import_module("brotli") if util.find_spec("brotli") else None

# In the order in which a server prefers them.
SUPPORTED = [*(["br"] if _brotli else []), "lz4", "zstd", "gzip", "deflate"]


def decode(coding: str, data: bytes) -> bytes:
    """The body without its Content-Encoding.

    Raises ClickHouseError: NOT_IMPLEMENTED for an unknown coding, 354 for bytes that do not decode.
    """
    decoders: dict[str, Callable[[bytes], bytes]] = {
        "lz4": _lz4.decompress,
        "zstd": _zstd.decompress,
        "gzip": gzip.decompress,
        "deflate": zlib.decompress,
    }
    if _brotli:
        decoders["br"] = _brotli.decompress
    if coding not in decoders:
        raise ClickHouseError(NOT_IMPLEMENTED, f"Unknown compression method {coding!r}.")
    try:
        return decoders[coding](data)
    except Exception as error:
        raise ClickHouseError(354, f"inflate failed: {coding}: {error}.", "ZLIB_INFLATE_FAILED") from error


def peek(coding: str, data: bytes) -> bytes:
    """As much as can be decoded of a body's first part; nothing where that fails."""
    decompressors: dict[str, Callable[[], Any]] = {
        "lz4": _lz4.LZ4FrameDecompressor,
        "zstd": _zstd.ZstdDecompressor,
        "gzip": lambda: zlib.decompressobj(wbits=31),
        "deflate": zlib.decompressobj,
    }
    if not coding or coding == "identity":
        return data
    try:
        if coding == "br":
            return bytes(_brotli.Decompressor().process(data))
        return bytes(decompressors[coding]().decompress(data))
    except Exception:
        return b""


def choose(accept_encoding: str) -> str:
    """The coding of the answer: the server's favourite among those the client names, or none."""
    named = {part.split(";")[0].strip().lower() for part in accept_encoding.split(",")}
    return next((coding for coding in SUPPORTED if coding in named), "")


def encode(coding: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """One compressed stream of a sequence of chunks, flushed for each of them."""
    if not coding:
        yield from chunks
        return
    start, step, end = _encoder(coding)
    yield start
    for chunk in chunks:
        yield step(chunk)
    yield end()


def _encoder(coding: str) -> tuple[bytes, Callable[[bytes], bytes], Callable[[], bytes]]:
    """What opens the stream, what a chunk becomes, what closes it."""
    if coding == "lz4":
        lz4 = _lz4.LZ4FrameCompressor(auto_flush=True)
        return lz4.begin(), lz4.compress, lz4.flush
    if coding == "zstd":
        zstd = _zstd.ZstdCompressor()
        return b"", lambda chunk: zstd.compress(chunk, zstd.FLUSH_BLOCK), zstd.flush
    if coding == "br":
        brotli = _brotli.Compressor(quality=1)
        return b"", lambda chunk: brotli.process(chunk) + brotli.flush(), brotli.finish
    deflate = zlib.compressobj(level=1, wbits=31 if coding == "gzip" else 15)
    return b"", lambda chunk: deflate.compress(chunk) + deflate.flush(zlib.Z_SYNC_FLUSH), deflate.flush
