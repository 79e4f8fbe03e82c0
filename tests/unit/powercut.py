"""A disk that can lose its power: what was synced is there afterwards, of the rest the test chooses what is."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from collector.spool import Disk


class PowerCut(Exception):
    """The power went in the middle of a call."""


class PowerCutDisk(Disk):
    """Real files below; remembers of each file (by its inode) the bytes that were synced, and of each folder the
    names that were. `cut_at` counts calls that touch the disk: at the last one the power goes before it is done."""

    def __init__(self) -> None:
        self.cut_at = -1
        self._contents: dict[int, bytes] = {}
        self._gone: dict[str, bytes] = {}
        self._names: dict[Path, dict[str, int]] = {}

    def _count(self) -> None:
        if self.cut_at == 0:
            raise PowerCut
        self.cut_at -= 1

    def write(self, descriptor: int, data: bytes) -> None:
        self._count()
        super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self._count()
        about = os.fstat(descriptor)
        with open(f"/proc/self/fd/{descriptor}", "rb") as file:
            self._contents[about.st_ino] = file.read()

    def sync_folder(self, folder: Path) -> None:
        self._count()
        self._names[folder] = _names(folder)

    def unlink(self, path: Path) -> None:
        self._count()
        if path.exists():  # its inode may be another file's soon
            self._gone[path.name] = self._contents.pop(path.stat().st_ino, b"")
        super().unlink(path)

    def after(self, folder: Path, target: Path, luck: Callable[[int], int]) -> None:
        """Make `target` what is left of `folder` after the cut. `luck(n)` chooses one of n outcomes for all that
        was not synced: whether a name is the old one or the new, and how much of a file's end had reached the disk."""
        if not self._names.get(folder.parent, {}).get(folder.name):
            return
        target.mkdir(parents=True)
        synced = self._names.get(folder, {})
        now = _names(folder)
        kept = {
            name: inode
            for name, inode in synced.items()
            if name in now or (name not in self._gone and inode in now.values()) or luck(2)
        }  # what is not there was renamed or deleted, and that may not be on disk
        for name, inode in now.items():
            if name not in synced and luck(2):
                kept[name] = inode
                kept = {
                    other: one for other, one in kept.items() if one != inode or other == name
                }  # a rename is atomic
        current = {inode: (folder / name).read_bytes() for name, inode in now.items() if (folder / name).is_file()}
        for name, inode in sorted(kept.items()):
            if name in ("lock", "quarantine"):
                continue
            durable = self._gone[name] if name in self._gone else self._contents.get(inode, b"")
            tail = b"" if name in self._gone else current.get(inode, b"")[len(durable) :]
            (target / name).write_bytes(durable + tail[: luck(len(tail) + 1)])


def _names(folder: Path) -> dict[str, int]:
    return {name: (folder / name).stat().st_ino for name in sorted(os.listdir(folder))}


def copy_memory(source: Path, target: Path) -> None:
    """Copy the memory of batches as it is on disk now."""
    for path in source.parent.glob(f"{source.name}*"):
        shutil.copy(path, target.parent / path.name)
