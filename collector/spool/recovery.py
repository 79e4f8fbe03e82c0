"""What a crash left: open segments are cut where they are torn, and sealed."""

from pathlib import Path

from collector import telemetry
from collector.spool.folder import SEALED, Segment, SegmentFolder
from collector.spool.frames import Damage, Frame, is_torn, scan

log = telemetry.logger("spool")


def recover(spool: SegmentFolder) -> list[Segment]:
    """Seal what a crash left open, cut torn tails, and name every sealed segment, oldest first. Raises OSError."""
    for name in spool.disk.names(spool.folder):
        if name.endswith(".open"):
            _mend(spool, spool.folder / name)
    return spool.sealed()


def _mend(spool: SegmentFolder, path: Path) -> None:
    """Cut the torn tail of an open segment and seal it; one that holds nothing is removed."""
    data = spool.disk.read(path)
    parts = list(scan(data))
    _keep_tail(spool, path.stem, data, parts)
    if not any(isinstance(part, Frame) for part in parts):
        log.warning("an empty segment was removed", segment=path.stem, bytes=len(data))
        spool.disk.unlink(path)
        return
    last = parts[-1]
    if isinstance(last, Damage):
        log.warning("a torn end was cut off", segment=path.stem, bytes=last.end - last.start)
        spool.disk.truncate_path(path, last.start)
    else:
        spool.disk.truncate_path(path, last.end)
    spool.disk.rename(path, path.with_suffix(SEALED))


def _keep_tail(spool: SegmentFolder, name: str, data: bytes, parts: list[Frame | Damage]) -> None:
    """A torn end was promised to nobody. Any other end that can't be read may have been: it is kept aside."""
    if parts and isinstance(parts[-1], Damage) and not is_torn(data, parts[-1].start):
        start, end, _ = parts[-1]
        log.error("damaged bytes at the end of a segment", segment=name, start=start, end=end)
        telemetry.SPOOL_DAMAGED.inc(end - start)
        spool.quarantine.put(name, f"damaged bytes {start} to {end}", data[start:end], f"damage-{start}")
