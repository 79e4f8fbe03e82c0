"""Samples: what of all rows a question is asked of, where all are more than can be read in time.

One session in so many, and one visitor in so many, each with all their rows; which ones follows from their hashes, so
that it is the same ones in every question and a funnel or a path is whole. Sessions are counted among the chosen
sessions, visitors among the chosen visitors. One in `KEPT` stand in a table of their own (`sampled`).

A number n of sessions or visitors that is told from one in k is right within 2·sqrt((k - 1)·n), 19 times in 20: of a
million within 1.1 %, of ten thousand within 11 % (k = 32). A number of interactions is about as exact as that of the
sessions they are of.
"""

from dataclasses import dataclass

FEWER, KEPT = 8, 32


@dataclass(frozen=True)
class Sample:
    """One in so many; 1 is all."""

    one_in: int = 1

    @property
    def table(self) -> str:
        return "sampled" if self.one_in >= KEPT else "interactions"

    def of(self, column: str) -> str:
        """The condition that chooses, by a hash."""
        return "true" if self.one_in == 1 else f"{column} % {self.one_in} = 0"

    @property
    def told(self) -> int | None:
        """What the answer says of it."""
        return self.one_in if self.one_in > 1 else None


ALL = Sample()


def fitting(rows: int, count: int, weight: float, most: int) -> Sample:
    """The sample for a question over `count` of the `rows` of its window. `weight` is how much longer than counting one
    it takes; `most` is how many can be counted in time. One in `FEWER` are looked for among all rows, so these must be
    few enough to be read."""
    if count * weight <= most:
        return ALL
    return Sample(FEWER) if rows <= most and count * weight <= most * FEWER else Sample(KEPT)
