"""Data folders as earlier versions left them: `<newest migration of that version>.tar.xz`, each with `data`, a folder
whose collector was killed, and `sent.json`, the batches it had acknowledged: stored ones, and ones in the spool.

After a migration or a change of the spool's format: `python -m tests.faults.versions` adds today's.
"""

import json
import tarfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Batches = dict[str, list[dict[str, Any]]]


def names() -> list[str]:
    """All versions there are folders of, oldest first."""
    return sorted(path.name.removesuffix(".tar.xz") for path in HERE.glob("*.tar.xz"))


def unpack(name: str, target: Path) -> tuple[Path, Batches]:
    """The data folder, and what was acknowledged: `stored` and `spooled` batches."""
    with tarfile.open(HERE / f"{name}.tar.xz") as archive:
        archive.extractall(target, filter="data")
    return target / "data", json.loads((target / "sent.json").read_text())
