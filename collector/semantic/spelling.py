"""Words that are nearly spelled like another."""

import re
from collections.abc import Iterable

from collector.semantic.words import Term

FEWEST_LETTERS = 4
"""Shorter words are near too many."""


_DIGIT = re.compile("[0-9]")


def far(term: Term) -> int:
    """By how many letters a word may differ from a term's."""
    return 1 if len(term.stems[0]) < 8 else 2


def nearly(term: Term, stems: Iterable[str]) -> list[str]:
    """The stems that differ from one of the term's by few letters left out, put in, changed or swapped with the next;
    their length by no more from the first one's. None with digits: another number is another thing."""
    most, length = far(term), len(term.stems[0])
    shortest, longest = max(FEWEST_LETTERS, length - most), length + most
    letters = [(other, set(other)) for other in term.stems]
    return [
        stem
        for stem in stems
        if shortest <= len(stem) <= longest
        and not _DIGIT.search(stem)
        and any(
            len(known.symmetric_difference(stem)) <= 2 * most and distance(stem, other) <= most
            for other, known in letters
        )
    ]


def distance(one: str, other: str) -> int:
    """The Damerau-Levenshtein distance (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, against in enumerate(other, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]
