"""Two rankings become one."""

from collector.analytics.records import Key
from collector.semantic.ranking import Hit
from collector.semantic.search import fuse


def hit(name: str, covers: float = 0.0) -> Hit:
    return Hit(Key("shop", "2026-11-01 00:00:00.000", "feedback", name), "2026-11-01T00:00:00.000Z", 1.0, covers)


def names(hits: list[Hit]) -> list[str]:
    return [found.key.event_id for found in hits]


def test_what_stands_high_in_both_comes_first() -> None:
    assert "both" == names(fuse([hit("meant"), hit("both")], [hit("worded", 0.5), hit("both", 0.5)]))[0]


def test_a_common_word_does_not_outweigh_what_is_meant() -> None:
    assert ["meant", "worded"] == names(fuse([hit("meant")], [hit("worded", 0.2)]))


def test_a_row_that_waits_for_its_embedding_is_not_behind_one_that_shares_no_word() -> None:
    meant = [hit("other"), hit("else")]
    worded = [hit("waits", 0.7)]
    assert "waits" == names(fuse(meant, worded, {"waits"}))[0]
    assert "other" == names(fuse(meant, worded))[0]


def test_among_rows_that_all_wait_the_better_match_stays_first() -> None:
    worded = [hit("better", 0.9), hit("worse", 0.4)]
    assert ["better", "worse"] == names(fuse([], worded, {"better", "worse"}))
