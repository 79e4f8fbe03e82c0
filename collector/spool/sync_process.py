"""The process that syncs files for a spool: started as a plain script, so it imports nothing of ours.

Its standard input is a socket. Each message is one byte and a descriptor; the answer is the error number of its
sync, 0 for none, in four bytes. It ends when the other side does.
"""

import fcntl
import os
import signal
import socket
import struct

ANSWER = struct.Struct("<i")
_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)
_data_sync = getattr(os, "fdatasync", os.fsync)


def sync(descriptor: int) -> None:
    """Make a file's bytes and length durable; where fsync stops at the drive's cache (macOS), beyond it. Raises OSError."""
    if _FULL_SYNC is not None:
        fcntl.fcntl(descriptor, _FULL_SYNC)
    else:
        _data_sync(descriptor)


def _main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # they mean the collector, which still has to sync
        signal.signal(number, signal.SIG_IGN)
    with socket.socket(fileno=0) as channel:
        try:
            while True:
                message, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
                if not message:
                    return
                channel.sendall(ANSWER.pack(_try(descriptors[0])))
        except ConnectionError:  # the collector was killed
            return


def _try(descriptor: int) -> int:
    try:
        sync(descriptor)
    except OSError as error:
        return error.errno or -1
    finally:
        os.close(descriptor)
    return 0


if __name__ == "__main__":
    _main()
