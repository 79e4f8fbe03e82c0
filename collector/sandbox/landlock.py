"""Landlock (Linux 5.13 and newer): the calling thread, and those it starts, may open nothing but what is named."""

import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on all architectures
_VERSION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _READ_FILE | _READ_DIR
_RIGHTS_OF_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_ONLY_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15
_NET_OF_ABI = 4
_ALL_TCP = 3

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def abi() -> int:
    """The kernel's version of Landlock; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))))


def restrict(readable: Sequence[Path], writable: Sequence[Path]) -> None:
    """Allow reading below `readable`, everything but running programs below `writable`, and no TCP where the kernel
    knows how to refuse it (6.7). For good. Raises OSError where the kernel can't."""
    version = abi()
    if not version:
        raise OSError("the kernel has no Landlock")
    rights = _RIGHTS_OF_ABI[min(version, max(_RIGHTS_OF_ABI))]
    has_net = version >= _NET_OF_ABI
    ruleset = _Ruleset(rights, _ALL_TCP if has_net else 0)
    size = ctypes.sizeof(ruleset) if has_net else ctypes.sizeof(ctypes.c_uint64)
    descriptor = _checked(_libc.syscall(_CREATE, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0)))
    try:
        for path in readable:
            _allow(descriptor, path, _READ)
        for path in writable:
            _allow(descriptor, path, rights & ~_EXECUTE)
        _checked(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_libc.syscall(_RESTRICT, descriptor, ctypes.c_uint32(0)))
    finally:
        os.close(descriptor)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        rule = _PathBeneath(rights if path.is_dir() else rights & _ONLY_FOR_FILES, parent)
        _checked(_libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0)))
    finally:
        os.close(parent)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"the sandbox could not be set up: {os.strerror(number)}")
    return int(result)
