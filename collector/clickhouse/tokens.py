"""Which inserts the embedded engine knows, made durable, and made true.

It syncs an insert's rows, and not the token it writes beside them. After a power cut the rows would be there and the
token gone: an insert that is then repeated, because nobody knows any more that it was delivered, would be stored twice.
What is left is the moment between the two: such copies are merged (`delivery/copies.py`).

It writes the token before it gives the part its name. Killed between the two, it would take the repeated insert for a
duplicate of one whose rows are nowhere: they were lost, once in some four hundred kills under load. So before the engine
is opened, tokens of parts that are not there are taken back. The log's lines are operation (1: added, 2: taken back),
part, and token, with tabs between (ClickHouse's MergeTreeDeduplicationLog).
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from collector import telemetry

log = telemetry.logger("clickhouse")

_TOKENS = "store/*/*/deduplication_logs"
_PART = re.compile(r"(?P<partition>[^_]+)_(?P<first>\d+)_(?P<last>\d+)_\d+(_\d+)?")
_ADDED, _TAKEN_BACK = "1", "2"


def sync_tokens(folder: Path) -> None:
    """Sync the tokens of all tables of the engine in `folder`, and that their files are there. Raises OSError."""
    for tokens in folder.glob(_TOKENS):
        for path in (*tokens.iterdir(), tokens):
            _sync(path)


def take_back_tokens(folder: Path) -> None:
    """Of all tables of the engine in `folder`, which nobody has open: take back the tokens of parts that were never
    there. Raises OSError."""
    for tokens in folder.glob(_TOKENS):
        logs = sorted(tokens.glob("deduplication_log_*.txt"), key=lambda path: int(path.stem.rpartition("_")[2]))
        blocks = _blocks(tokens.parent)
        dangling = {token: part for token, part in _known(logs).items() if not _is_there(part, blocks)}
        if dangling and logs[-1].read_bytes()[-1:] in (b"", b"\n"):
            lines = [f"{_TAKEN_BACK}\t{part}\t{token}\n" for token, part in dangling.items()]
            with logs[-1].open("a", encoding="utf-8") as newest:
                newest.write("".join(lines))
            log.warning("tokens of inserts whose rows are not there were taken back", parts=sorted(dangling.values()))


def _known(logs: list[Path]) -> Mapping[str, str]:
    """The part of each token. A last line that a power cut tore is the engine's business."""
    known: dict[str, str] = {}
    for path in logs:
        for line in path.read_text("utf-8", "replace").splitlines():
            operation, _, rest = line.partition("\t")
            part, _, token = rest.partition("\t")
            if operation == _ADDED and token:
                known[token] = part
            elif operation == _TAKEN_BACK:
                known.pop(token, None)
    return known


def _blocks(table: Path) -> Mapping[str, list[tuple[int, int]]]:
    """The first and last block of each part in the folder of a table, by partition."""
    found: dict[str, list[tuple[int, int]]] = {}
    for path in table.iterdir():
        if part := _PART.fullmatch(path.name):
            found.setdefault(part["partition"], []).append((int(part["first"]), int(part["last"])))
    return found


def _is_there(part: str, blocks: Mapping[str, list[tuple[int, int]]]) -> bool:
    """Whether a part is there, or was merged into another; true of what is no part of our kind of table."""
    wanted = _PART.fullmatch(part)
    return wanted is None or any(
        first <= int(wanted["first"]) and int(wanted["last"]) <= last
        for first, last in blocks.get(wanted["partition"], ())
    )


def _sync(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # the engine keeps two files and deletes older ones
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
