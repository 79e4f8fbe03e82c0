"""Which rows a question is about, as one SQL condition with server-side parameters."""

from collections.abc import Sequence

from collector.query.conditions import Parameters, condition
from collector.query.filters import Expression
from collector.query.question import Question, Segment, Window
from collector.query.sample import ALL, Sample
from collector.query.window import sql_time

WHO = {"session": "session_hash", "visitor": "visitor_hash"}
"""The column that tells sessions or visitors apart, also those of different sites."""

_TIME = "DateTime64(3, 'UTC')"


class Rows:
    """The rows of a question in a window; a statement is built with one of these and its `parameters`.

    Each is a condition: `in_window` is where the question looks at all (sites, time, bots); `segmented` adds the
    segments, `filter` is the filter alone, and `matching` is all of them. `ever` is `in_window` without its beginning,
    `at_any_time` also without its end.
    """

    def __init__(
        self, question: Question, sites: Sequence[str] | None, window: Window | None = None, sample: Sample = ALL
    ) -> None:
        self.question = question
        self.window = window or question.window
        self.parameters = Parameters()
        self.sample = sample
        self._site = self._sites(sites if question.site is None else [question.site])
        self.at_any_time = " AND ".join([*self._site, *self._bots()]) or "true"
        start, end = self._time()
        self.in_window = " AND ".join([*self._site, start, end, *self._bots()])
        self.ever = " AND ".join([*self._site, end, *self._bots()])

        self.segmented = " AND ".join([self.in_window, *map(self._segment, question.segments)])
        self.filter = "true" if question.expression is None else self.where(question.expression)
        self.matching = f"{self.segmented} AND {self.filter}" if question.expression is not None else self.segmented

    def where(self, part: Expression) -> str:
        """One more expression as a condition of the same statement."""
        return condition(part, self.parameters)

    def _sites(self, sites: Sequence[str] | None) -> list[str]:
        return [] if sites is None else [f"site IN {self.parameters.add(list(sites), 'Array(String)')}"]

    def _time(self) -> tuple[str, str]:
        start = self.parameters.add(sql_time(self.window.start), _TIME)
        end = self.parameters.add(sql_time(self.window.end), _TIME)
        return f"created_at >= {start}", f"created_at < {end}"

    def _bots(self) -> list[str]:
        return {"exclude": ["NOT is_bot"], "only": ["is_bot"], "include": []}[self.question.bots]

    def _segment(self, segment: Segment) -> str:
        who = WHO[segment.who]
        did = self.where(segment.did)
        there = f"{who} IN (SELECT {who} FROM interactions FINAL WHERE {self.in_window} AND {did})"
        return f"NOT {there}" if segment.negated else there
