"""A seccomp filter: no sockets, no programs, no looking into other processes. x86-64 and ARM64."""

import ctypes
import errno
import os
import platform
import struct

_NO_NEW_PRIVS, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | errno.EACCES
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE = 0, 4
_X32 = 0x40000000  # the other set of numbers of x86-64

# architecture's audit number, then: socket, socketpair, ptrace, execve, process_vm_readv, process_vm_writev,
# execveat, bpf, io_uring_setup (its queue could open sockets), pidfd_getfd, kill, tgkill is needed by threads
_CALLS = {
    "x86_64": (0xC000003E, (41, 53, 101, 59, 310, 311, 322, 321, 425, 438, 62)),
    "aarch64": (0xC00000B7, (198, 199, 117, 221, 270, 271, 281, 280, 425, 438, 129)),
}


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def restrict() -> None:
    """For the calling thread and those it starts, for good. Raises OSError where that can't be done."""
    machine = platform.machine()
    if machine not in _CALLS:
        raise OSError(f"no filter is known for {machine}")
    code = _filter(*_CALLS[machine])
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), f"the sandbox could not be set up: {os.strerror(ctypes.get_errno())}")


def known() -> bool:
    """Whether there is a filter for this machine."""
    return platform.machine() in _CALLS


def _filter(architecture: int, denied: tuple[int, ...]) -> bytes:
    """Classic BPF: refuse other architectures, then each number; allow the rest."""
    steps = [
        (_LOAD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _DENY),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
        (_JUMP_GREATER_EQUAL, len(denied) + 1, 0, _X32),
    ]
    steps += [(_JUMP_EQUAL, len(denied) - place, 0, number) for place, number in enumerate(denied)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _DENY)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
