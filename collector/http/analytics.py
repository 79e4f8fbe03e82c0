"""The analytics questions: their endpoints, each with an example of its answer."""

from pydantic import BaseModel

from collector.analytics.summary import summary
from collector.analytics.timeseries import timeseries
from collector.http.answering import Answering, Ask, Query
from collector.http.endpoint import Answer, Endpoint
from collector.http.examples import EXAMPLES
from collector.http.table import QUESTION_REFUSED
from collector.query.asked import SummaryQuery, TimeseriesQuery
from collector.sites import Scope
from collector.wire.analytics import Summary, Timeseries

TAG = "Analytics"


def analytics(answering: Answering) -> list[Endpoint]:
    """The group's endpoints."""

    def question(
        path: str, query: type[Query], ask: Ask[Query], answer: type[BaseModel], summary: str, description: str
    ) -> Endpoint:
        return Endpoint(
            "GET", path, answering.handler(query, ask), summary, description, tag=TAG, scope=Scope.READ, query=query,
            answers={200: Answer("The answer", answer, example=EXAMPLES[path]), **QUESTION_REFUSED},
        )  # fmt: skip

    return [
        question(
            "/v1/summary", SummaryQuery, summary, Summary, "How much happened",
            "Interactions, visitors, sessions, page views, bounces and the median length of a session.",
        ),
        question(
            "/v1/timeseries", TimeseriesQuery, timeseries, Timeseries, "How much happened when",
            "A measure in minutes, hours, days, weeks or months of a time zone; without gaps, right across summer "
            "time. `by` splits it by a field's values.",
        ),
    ]  # fmt: skip
