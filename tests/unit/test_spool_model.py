"""The spool against a list: whatever happens in between, what was acknowledged comes out once and in order."""

import asyncio
import errno
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from collector.spool import Segment, Spool, SpoolFailed, SpoolFull
from tests.support.examples import examples
from tests.unit.spooling import FaultyDisk, crash, frame, limits, put, take

BUDGET = 4000
LIMITS = limits(budget=BUDGET, segment_bytes=300)
groups = st.lists(st.binary(max_size=60), min_size=1, max_size=4)


class SpoolMachine(RuleBasedStateMachine):
    """`pending` is the model: bodies that were acknowledged and not yet delivered."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.disk = FaultyDisk()
        self.spool = Spool(Path(self.folder.name), LIMITS, self.disk)
        self.pending: list[bytes] = []
        self.last_name = ""

    @rule(bodies=groups)
    def append(self, bodies: list[bytes]) -> None:
        before = self.spool.size
        wanted = sum(len(frame(body)) for body in bodies)
        try:
            self.runner.run(put(self.spool, *bodies))
        except SpoolFull:
            assert before + wanted > BUDGET
        except SpoolFailed:
            assert self.spool.broken
        else:
            self.pending += bodies

    @rule(bodies=groups, error=st.sampled_from([errno.ENOSPC, errno.EIO, errno.EDQUOT]), keep=st.integers(0, 200))
    def append_to_a_failing_disk(self, bodies: list[bytes], error: int, keep: int) -> None:
        self.disk.appends, self.disk.keep = [error], keep
        with pytest.raises((SpoolFull, SpoolFailed)):
            self.runner.run(put(self.spool, *bodies))
        self.disk.appends = []

    @precondition(lambda self: self.spool._open is not None)
    @rule(bodies=groups, keep=st.integers(0, 15))
    def append_to_a_disk_that_fails_for_good(self, bodies: list[bytes], keep: int) -> None:
        """Less than a frame's head was written and can't be cut off again."""
        self.disk.appends, self.disk.truncates, self.disk.keep = [errno.EIO], [errno.EIO], keep
        with pytest.raises((SpoolFull, SpoolFailed)):
            self.runner.run(put(self.spool, *bodies))
        self.disk.appends, self.disk.truncates = [], []

    @rule()
    def seal(self) -> None:
        self.runner.run(self.spool.seal())

    @precondition(lambda self: self.spool.backlog)
    @rule(read_twice=st.booleans())
    def deliver(self, read_twice: bool) -> None:
        segment: Segment = self.runner.run(self.spool.next())
        bodies = self.spool.bodies(segment)
        if read_twice:
            assert bodies == self.spool.bodies(segment)
        assert self.pending[: len(bodies)] == bodies
        assert bodies
        self.runner.run(self.spool.done(segment))
        del self.pending[: len(bodies)]

    @rule(torn=st.binary(max_size=80), cut=st.integers(0, 100))
    def crash_and_reopen(self, torn: bytes, cut: int) -> None:
        """A kill in the middle of a write leaves a part of a frame behind."""
        opened = self.spool._open
        crash(self.spool)
        if opened:
            whole = frame(torn)
            with opened.path.open("ab") as file:
                file.write(whole[: min(cut, len(whole) - 1)])
        self.disk = FaultyDisk()
        self.spool = Spool(Path(self.folder.name), LIMITS, self.disk)

    @invariant()
    def size_is_what_lies_in_the_folder(self) -> None:
        if not self.spool.broken:
            found = [path for path in Path(self.folder.name).iterdir() if path.suffix in (".open", ".sealed")]
            assert sum(path.stat().st_size for path in found) == self.spool.size

    @invariant()
    def one_segment_is_open_at_most(self) -> None:
        assert len(list(Path(self.folder.name).glob("*.open"))) == (1 if self.spool._open else 0)

    def teardown(self) -> None:
        self.crash_and_reopen(b"torn", 10)
        delivered = self.runner.run(take(self.spool))
        self.runner.run(self.spool.close())
        assert self.pending == [body for segment in delivered for body in segment]
        assert 0 == self.spool.size
        self.runner.close()
        self.folder.cleanup()


TestSpoolAgainstAList = SpoolMachine.TestCase
TestSpoolAgainstAList.settings = settings(
    max_examples=examples(40), stateful_step_count=30, deadline=None, database=None
)
