"""The data folder: made where it is missing, refused at the start where it can't be used; it says where the collector
that has it listens."""

import os
import pwd
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from collector.settings import Settings, own_address
from collector.spool.lock import is_held
from collector.supervise import ServiceError

_ADDRESS = "address"


def prepare_folder(folder: Path) -> None:
    """Make the data folder and see that it, and what lies in it, can be written. Raises ServiceError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
        strange = next((path for path in _inside(folder) if not _usable(path)), None)
    except OSError as error:
        raise ServiceError(
            f"COLLECTOR_DATA_DIR: {folder} can't be written ({error.strerror}); make it writable for "
            f"the user {_name(os.geteuid())}, or name another folder"
        ) from error
    if strange:
        raise ServiceError(
            f"COLLECTOR_DATA_DIR: {strange} belongs to {_name(strange.stat().st_uid)} and can't be written by "
            f"{_name(os.geteuid())}; run as its owner, or give it away: chown -R {_name(os.geteuid())} {folder}"
        )


def note_address(settings: Settings, port: int) -> None:
    """Write down where we listen, for commands on this machine. Several workers may do so at once. Raises OSError."""
    new = settings.data_dir / f"{_ADDRESS}.{os.getpid()}"
    new.write_text(f"{own_address(settings.host, port)}\n", "utf-8")
    new.replace(settings.data_dir / _ADDRESS)


def address(folder: Path) -> str:
    """The URL of the collector that has this folder open; empty where none has. Raises ServiceError when it has only
    just begun."""
    if not is_held(folder / "spool" / "0" / "lock"):
        return ""
    try:
        return (folder / _ADDRESS).read_text("utf-8").strip()
    except FileNotFoundError:
        raise ServiceError(f"a collector is just starting on {folder}; try again") from None


def _inside(folder: Path) -> Iterator[Path]:
    """What this program opens by itself; the engine's own files only at the top."""
    for pattern in ("*", "spool/*", "spool/*/*", "clickhouse/*"):
        yield from folder.glob(pattern)


def _usable(path: Path) -> bool:
    if os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)):
        return True
    return not path.exists()  # delivered meanwhile, by a collector that runs, or a link that leads nowhere


def _name(user: int) -> str:
    with suppress(KeyError):
        return pwd.getpwuid(user).pw_name
    return str(user)
