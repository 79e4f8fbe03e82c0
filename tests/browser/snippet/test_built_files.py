"""The files that are served agree with each other."""

import base64
import gzip
import hashlib
import json
import os
import shutil
import subprocess

import pytest

from tests.browser.snippet.server import DIST, SCRIPT

MUST = 6 * 1024
PATH = os.pathsep.join((os.environ["PATH"], str(DIST.parents[1] / ".venv" / "bin")))


def test_the_manifest_describes_the_script() -> None:
    manifest = json.loads((DIST / "manifest.json").read_bytes())
    del manifest["chunks"]
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
    assert len(packed) <= MUST
    assert packed[4:8] == b"\0\0\0\0", "the time of packing would make each build another"


def test_a_part_is_named_after_its_bytes_and_so_is_the_check_on_it() -> None:
    chunks = json.loads((DIST / "manifest.json").read_bytes())["chunks"]
    assert set(chunks) == {"more", "debug", "vitals", "shot", "feedback"}
    loaded_by = {"more": "v1.js", **dict.fromkeys(("debug", "vitals", "shot", "feedback"), "more.js")}
    for name, chunk in chunks.items():
        content = (DIST / chunk["file"]).read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        assert chunk["hashed"] == digest + ".js"
        assert digest in (DIST / loaded_by[name]).read_text("ascii")
        assert len((DIST / (chunk["file"] + ".gz")).read_bytes()) <= 12 * 1024
        assert gzip.decompress((DIST / (chunk["file"] + ".gz")).read_bytes()) == content


def test_the_scripts_are_plain_ascii() -> None:
    assert all(script.read_bytes().isascii() for script in DIST.glob("*.js"))


@pytest.mark.parametrize(("name", "limit"), [("v1.js", 7 * 1024), ("shot.js", 13 * 1024)])
def test_the_build_fails_over_the_limit(name: str, limit: int) -> None:
    node = shutil.which("node", path=PATH)
    assert node, "Node is missing: make js brings it"
    script = (
        'import { randomBytes } from "node:crypto"; import { pack } from "./scripts/bundle.mjs";'
        f'await pack("{name}", randomBytes({limit} - 100)); await pack("{name}", randomBytes({limit} + 1));'
    )
    command = [node, "--input-type=module", "-e", script]
    done = subprocess.run(command, cwd=DIST.parent, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert f"{name} is " in done.stderr and f"the limit is {limit}" in done.stderr
