"""A disk whose power goes: ext4 on a loop device. Linux, as root.

What programs wrote and nobody synced stands in the kernel's memory, not on the device. A copy of the device made in
the moment after a kill is what a power cut would have left; it is mounted in the disk's place, and the file system's
own journal mends it.
"""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.collector import eventually

MIB = 1 << 20


class NoDisk(Exception):
    """This machine lets nobody mount one."""


class PowerCutDisk:
    """`with PowerCutDisk(tmp_path, 64 * MIB) as disk:` - `disk.folder` is on it. Raises NoDisk."""

    def __init__(self, tmp_path: Path, size: int) -> None:
        self.folder = tmp_path / "disk"
        self._image = tmp_path / "disk.image"
        self._size = size

    def __enter__(self) -> Self:
        self.folder.mkdir()
        with self._image.open("wb") as file:
            file.truncate(self._size)
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=1", self._image], check=True)
        self._mount()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        subprocess.run(["umount", "-l", self.folder], check=True)

    def cut(self) -> None:
        """The power goes and comes back. No process may have a file open on the disk, or be about to sync one."""
        left = self._image.with_suffix(".left")
        subprocess.run(["cp", "--sparse=always", self._image, left], check=True)
        eventually(lambda: subprocess.run(["umount", self.folder], check=False).returncode == 0)
        left.replace(self._image)
        self._mount()

    def _mount(self) -> None:
        """The kernel writes only what it is asked to, for the next five minutes."""
        options = "loop,commit=300,noauto_da_alloc"
        done = subprocess.run(["mount", "-o", options, self._image, self.folder], capture_output=True, check=False)
        if done.returncode:
            raise NoDisk(done.stderr.decode(errors="replace"))
