"""The files that are served agree with each other."""

import base64
import gzip
import hashlib
import json

from tests.browser.snippet.server import SCRIPT

DIST = SCRIPT.parent
LIMIT = 7 * 1024


def test_the_manifest_describes_the_script() -> None:
    manifest = json.loads((DIST / "manifest.json").read_bytes())
    script = SCRIPT.read_bytes()
    packed = (DIST / "v1.js.gz").read_bytes()
    assert manifest == {
        "file": "v1.js",
        "hashed": f"v1.{hashlib.sha256(script).hexdigest()[:16]}.js",
        "integrity": "sha384-" + base64.b64encode(hashlib.sha384(script).digest()).decode(),
        "bytes": len(script),
        "gzip": len(packed),
        "brotli": (DIST / "v1.js.br").stat().st_size,
    }
    assert gzip.decompress(packed) == script
    assert len(packed) <= LIMIT
    assert packed[4:8] == b"\0\0\0\0", "the time of packing would make each build another"


def test_the_script_is_plain_ascii() -> None:
    assert SCRIPT.read_bytes().isascii()
