"""The spool: where an interaction is safe before anyone else has seen it.

The format, version 1
---------------------
A spool is a folder. It holds *segments* and a `quarantine` folder.

    <name>.open      the segment being written; at most one
    <name>.sealed    complete segments, waiting for their consumer
    quarantine/      what a consumer can never deliver (`quarantine.py`)

`<name>` is `<sequence, 12 decimal digits>-<48 random bits, 12 hex digits>`: names sort by age,
and no two segments of any two collectors share one. A segment's name is the deduplication
token of its insert, so the bytes of a sealed segment never change.

A segment is the magic `IXSPOOL1` (8 bytes), then frames:

    offset  bytes  what
    0       4      mark F5 49 58 0A
    4       4      CRC-32C (RFC 3720), little-endian, of everything behind it in this frame
    8       4      meta length M, little-endian
    12      4      body length B, little-endian
    16      M      meta: what the appender needs back after a crash (a receipt)
    16+M    B      body: what the consumer delivers; for interactions, a record batch (`recordbatch.py`)

Meta and body are opaque here. M + B is at most 64 MiB.

Who creates and who deletes
---------------------------
`Spool.append` creates the open segment, syncs it and the folder, then writes frames; a group of
frames is written and `fdatasync`ed together, and only then is the append answered. Where there is a
`Syncer`, a process of its own makes that call. A segment is
sealed (renamed, folder synced) by size, by age, at shutdown, and at the next start if a crash left
it open. The consumer deletes it (`Spool.done`) when what it holds is safe elsewhere.

After a crash
-------------
An open segment may end in a torn frame (its length reaches past the end), which nobody was told
about: it is cut off and the segment is sealed. Anywhere else a frame that fails its checksum is damage: it is reported by name
and place, its bytes are copied to the quarantine, and reading goes on at the next mark that starts a
valid frame.
"""

from collector.spool.commit import GroupCommit
from collector.spool.disk import Disk
from collector.spool.folder import Segment, SegmentFolder, SpoolReader
from collector.spool.frames import Damage, Frame, encode, scan
from collector.spool.lock import SpoolBusy
from collector.spool.quarantine import Quarantine
from collector.spool.spool import Spool, SpoolFailed, SpoolFull, SpoolLimits
from collector.spool.syncer import Syncer

__all__ = [
    "Damage",
    "Disk",
    "Frame",
    "GroupCommit",
    "Quarantine",
    "Segment",
    "SegmentFolder",
    "Spool",
    "SpoolBusy",
    "SpoolFailed",
    "SpoolFull",
    "SpoolLimits",
    "SpoolReader",
    "Syncer",
    "encode",
    "scan",
]
