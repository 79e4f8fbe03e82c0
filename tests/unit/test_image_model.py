"""Whatever is put and forgotten, in whatever order: a folder has the bytes while a site has sent them since."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from collector.images.folder import Folder
from tests.support.examples import examples

PICTURES = {hashlib.sha256(data).hexdigest(): data for data in (b"one", b"two", b"three" * 100)}
IDS = st.sampled_from(sorted(PICTURES))
SITES = st.sampled_from(["shop", "shop.de", "blog"])


class FolderModel(RuleBasedStateMachine):
    """`sent`: when each site sent each picture last, on a clock of the test's own."""

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(tempfile.mkdtemp())
        self.now = 1_000
        self.sent: dict[tuple[str, str], int] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.path)

    @rule(image_id=IDS, site=SITES)
    def put(self, image_id: str, site: str) -> None:
        known = any(one == image_id for one, _ in self.sent)
        assert Folder(self.path).put(image_id, PICTURES[image_id], site) != known
        self.now += 10
        os.utime(self.path / image_id[:2] / f"{image_id}.{site}", (self.now, self.now))
        self.sent[image_id, site] = self.now

    @rule(image_id=IDS, site=SITES, ago=st.sampled_from([0, 5, 15, 35]))
    def forget(self, image_id: str, site: str, ago: int) -> None:
        before = self.now - ago
        if self.sent.get((image_id, site), before + 1) <= before:
            del self.sent[image_id, site]
        left = any(one == image_id for one, _ in self.sent)
        assert Folder(self.path).forget(image_id, site, before) != left

    @rule(image_id=IDS)
    def tear(self, image_id: str) -> None:
        """A disk that lost the end of a file; the next put mends it."""
        path = self.path / image_id[:2] / image_id
        if path.exists():
            os.truncate(path, 1)
            assert Folder(self.path).put(image_id, PICTURES[image_id], "blog")
            self.now += 10
            os.utime(f"{path}.blog", (self.now, self.now))
            self.sent[image_id, "blog"] = self.now

    @invariant()
    def each_site_reads_what_it_sent(self) -> None:
        folder = Folder(self.path)
        for image_id, data in PICTURES.items():
            owners = [site for one, site in self.sent if one == image_id]
            assert folder.get(image_id) == (data if owners else None)
            assert folder.belongs(image_id, None) == bool(owners)
            for site in ("shop", "shop.de", "blog", "sho"):
                assert folder.belongs(image_id, [site]) == (site in owners)
        assert sorted(folder.old(self.now - 15)) == sorted(one for one, at in self.sent.items() if at <= self.now - 15)


FolderModel.TestCase.settings = settings(
    max_examples=examples(20), stateful_step_count=25, deadline=None, database=None
)
TestFolderModel = FolderModel.TestCase
