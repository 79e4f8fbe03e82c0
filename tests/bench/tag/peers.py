"""What is measured: the page alone, our tag, and the trackers it is measured beside, each built as its users would."""

import gzip
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.browser.snippet.server import DIST
from tests.support.collector import WRITE_KEY

FOLDER = Path(__file__).with_name("peers")
OURS = "ours"
BARE = "page alone"


@dataclass(frozen=True)
class Tag:
    """`head` is what stands in the page, with `{host}` for where it sends; `gzip` bytes, what the page loads at once."""

    name: str
    head: str
    gzip: int
    script: bytes = b""
    ready: str = "window.ready"


def _peer(name: str, attributes: str, ready: str = "window.ready") -> Tag:
    script = (FOLDER / "built" / f"{name}.js").read_bytes()
    head = f"<script defer src=/peers/{name}.js {attributes}></script>"
    return Tag(name, head, len(gzip.compress(script, 9)), script, ready)


def _build() -> None:
    path = os.environ["PATH"] + os.pathsep + str(FOLDER.parents[3] / ".venv" / "bin")
    npm = shutil.which("npm", path=path)
    if not npm:
        raise SystemExit("npm is missing: `make js` brings it")
    environment = {**os.environ, "PATH": path}
    for command in ([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], ["node", "build.mjs"]):
        subprocess.run(command, cwd=FOLDER, env=environment, check=True)


def tags() -> list[Tag]:
    """The page alone first, then ours, then the peers."""
    _build()
    manifest = json.loads((DIST / "manifest.json").read_bytes())
    ours = Tag(
        OURS,
        f'<script async src=/s/v1.js data-key={WRITE_KEY} data-endpoint="{{host}}/v1/batch"></script>',
        manifest["gzip"] + manifest["chunks"]["more"]["gzip"],
        ready="window.ix && ix.on && !document.querySelector('script[integrity]')",
    )
    host = 'data-host="{host}"'
    return [
        Tag(BARE, "", 0, ready="true"),
        ours,
        _peer("posthog", host),
        _peer("snowplow", host),
        _peer("plausible", host),
        _peer("umami", 'data-website-id=b1 data-host-url="{host}"', ready="window.umami"),
    ]
