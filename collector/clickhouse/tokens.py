"""Which inserts the embedded engine knows, made durable, and made true.

It syncs an insert's rows, and not the token it writes beside them. After a power cut the rows would be there and the
token gone: an insert that is then repeated, because nobody knows any more that it was delivered, would be stored twice.
What is left is the moment between the two: such copies are merged (`delivery/copies.py`).

It writes the token before it gives the part its name. Killed between the two, it would take the repeated insert for a
duplicate of one whose rows are nowhere: they were lost, once in some four hundred kills under load. So before the engine
is opened, tokens of parts that are not there are taken back; and while it runs, an insert whose part got no name, because
the disk refused, say, is repeated under another token.

The log's lines are operation (1: added, 2: taken back), part, and token, with tabs between (ClickHouse's
MergeTreeDeduplicationLog). The engine reads a log up to a line that it does not understand, such as one that a full disk
or a power cut tore, and writes behind it: all that follows would be forgotten at each start. Such lines are taken out.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from collector import telemetry

log = telemetry.logger("clickhouse")

_TOKENS = "store/*/*/deduplication_logs"
_LINE = re.compile(rb"([12])\t([^\t\n]+)\t([^\t\n]+)\n")
_PART = re.compile(r"(?P<partition>[^_]+)_(?P<first>\d+)_(?P<last>\d+)_\d+(_\d+)?")
_ADDED = b"1"


def sync_tokens(folder: Path) -> None:
    """Sync the tokens of all tables of the engine in `folder`, and that their files are there. Raises OSError."""
    for tokens in folder.glob(_TOKENS):
        for path in (*tokens.iterdir(), tokens):
            _sync(path)


def take_back_tokens(folder: Path) -> None:
    """Of all tables of the engine in `folder`, which nobody has open: take torn lines out of their logs, then take back
    the tokens of parts that were never there. Raises OSError."""
    for tokens in folder.glob(_TOKENS):
        logs = _logs(tokens)
        for path in logs:
            _mend(path, folder / "tokens.mended")
        blocks = _blocks(tokens.parent)
        dangling = {token: part for token, part in _known(logs).items() if not _is_there(part, blocks)}
        if dangling:
            with logs[-1].open("ab") as newest:
                newest.write(b"".join(b"2\t%s\t%s\n" % (part.encode(), token) for token, part in dangling.items()))
            log.warning("tokens of inserts whose rows are not there were taken back", parts=sorted(dangling.values()))


def lost_parts(folder: Path) -> set[str]:
    """Parts of the running engine in `folder` that have a token, were the last to be made, and are not there: looked at
    twice, for those that another insert is just making. Raises OSError."""
    return _newest_lost(folder) and _newest_lost(folder)


def _newest_lost(folder: Path) -> set[str]:
    lost: set[str] = set()
    for tokens in folder.glob(_TOKENS):
        known = _known(_logs(tokens))  # first: a part comes after its token
        blocks = _blocks(tokens.parent)
        newest = max((last for spans in blocks.values() for _, last in spans), default=-1)
        for part in known.values():  # others may have been there, and have expired
            if (made := _PART.fullmatch(part)) and int(made["first"]) > newest:
                lost.add(part)
    return lost


def _logs(tokens: Path) -> list[Path]:
    """The logs of a table in the order they were written."""
    return sorted(tokens.glob("deduplication_log_*.txt"), key=lambda path: int(path.stem.rpartition("_")[2]))


def _mend(path: Path, spare: Path) -> None:
    """Leave whole lines only; what is written anew is written to `spare` first."""
    data = path.read_bytes()
    whole = b"".join(line[0] for line in _LINE.finditer(data))
    if whole == data:
        return
    log.warning("a log of inserts had torn lines", path=str(path), bytes=len(data) - len(whole))
    if data.startswith(whole):
        os.truncate(path, len(whole))
    else:
        spare.write_bytes(whole)
        _sync(spare)
        spare.replace(path)
    _sync(path)
    _sync(path.parent)


def _known(logs: Iterable[Path]) -> Mapping[bytes, str]:
    """The part of each token, of logs in order."""
    known: dict[bytes, str] = {}
    for path in logs:
        for operation, part, token in _LINE.findall(path.read_bytes()):
            if operation == _ADDED:
                known[token] = part.decode(errors="replace")
            else:
                known.pop(token, None)
    return known


def _blocks(table: Path) -> Mapping[str, list[tuple[int, int]]]:
    """The first and last block of each part in the folder of a table, by partition."""
    found: dict[str, list[tuple[int, int]]] = {}
    with os.scandir(table) as entries:
        for entry in entries:
            if (part := _PART.fullmatch(entry.name)) and entry.is_dir():
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
