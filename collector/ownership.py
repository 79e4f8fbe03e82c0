"""Files that a command makes: run as root, it must not leave what a service of another user can't read or delete."""

import os
from pathlib import Path


def give_to_owner_of(folder: Path, *made: Path) -> None:
    """Give files that root made in a folder to whom the folder belongs; for others, they do already. Raises OSError."""
    if os.geteuid() == 0:
        owner = folder.stat()
        for path in made:
            os.chown(path, owner.st_uid, owner.st_gid)


def is_another_users(folder: Path) -> bool:
    """Whether we are root and the folder belongs to somebody else."""
    return os.geteuid() == 0 != folder.stat().st_uid
