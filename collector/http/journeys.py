"""Sessions, funnels, paths, who comes back, who is here: their endpoints."""

from collector.analytics.feedback import feedback, feedback_among
from collector.analytics.funnel import funnel
from collector.analytics.now import now
from collector.analytics.paths import paths
from collector.analytics.retention import retention
from collector.analytics.sessions import session, sessions
from collector.clickhouse import Engine
from collector.http.answering import Answering, Ask, Sites
from collector.http.endpoint import Answer, Endpoint
from collector.http.errors import ProblemError
from collector.http.journey_examples import EXAMPLES
from collector.query.journeys import (
    FeedbackQuery,
    FunnelQuery,
    NowQuery,
    PathsQuery,
    RetentionQuery,
    SessionQuery,
    SessionsQuery,
)
from collector.semantic.search import Ask as SearchAsk
from collector.semantic.search import Search
from collector.wire.journeys import Feedback, Funnel, Now, OneSession, Paths, Retention, Sessions
from collector.wire.reading import Problem

TAG = "Journeys"
CLOSEST = 500
"""Of so many texts that come closest in meaning those are answered that the filters let through."""
_NOT_THERE = Answer("There is no such session, or not on these sites", Problem, "application/problem+json")


def journeys(answering: Answering, search: Search) -> list[Endpoint]:
    """The group's endpoints."""

    question = answering.group(TAG, EXAMPLES)
    one = question(
        "/v1/sessions/{session_id:path}", SessionQuery, _session, OneSession, "One session",
        "Everything that happened in a session, oldest first, a page at a time.",
    )  # fmt: skip
    one.answers[404] = _NOT_THERE
    return [
        question(
            "/v1/sessions", SessionsQuery, sessions, Sessions, "List sessions",
            "Sessions with a matching interaction, newest first. Each is told from all its interactions in the window.",
        ),
        one,
        question(
            "/v1/funnel", FunnelQuery, funnel, Funnel, "How far people get",
            "Steps in order, each interaction later than the one before and the last within `window` of the first. "
            "Between them anything may happen; an interaction is one step at most. The median time to a step is that "
            "of the ways that got furthest and ended first.",
        ),
        question(
            "/v1/paths", PathsQuery, paths, Paths, "What people see next",
            "The pages after one, or before it, counted in sessions from the first time each saw it. The same page "
            "several times in a row is one.",
        ),
        question(
            "/v1/retention", RetentionQuery, retention, Retention, "Who comes back",
            "Visitors by the bucket in which they came (or did what `cohort` says) for the first time ever, and how many "
            "of them were there in each later one. Those who did before the window are in no cohort.",
        ),
        question(
            "/v1/feedback", FeedbackQuery, _feedback(search), Feedback, "What people wrote",
            "Feedback, messages and corrections, newest first, each with what its session had done before. With "
            f"`mode=meaning`: of the {CLOSEST} that come closest to `q` those that fulfil the rest, best first.",
        ),
        question(
            "/v1/now", NowQuery, now, Now, "Who is here",
            "Visitors and sessions of the last five minutes, by the page each visitor saw last; the last thirty minutes.",
        ),
    ]  # fmt: skip


def _feedback(search: Search) -> Ask[FeedbackQuery]:
    async def ask(engine: Engine, query: FeedbackQuery, sites: Sites) -> Feedback:
        if not query.q or query.mode == "words":
            return await feedback(engine, query, sites)
        start, end = query.window.start, query.window.end
        wanted = sites if query.site is None else [query.site]
        found = await search.search(SearchAsk(query.q, top_k=CLOSEST, sites=wanted, start=start, end=end))
        among = await feedback_among(engine, query, sites, [row["interaction_id"] for row in found.items])
        return among.model_copy(update={"degraded": found.degraded})

    return ask


async def _session(engine: Engine, query: SessionQuery, sites: Sites, session_id: str) -> OneSession:
    found = await session(engine, query, sites, session_id)
    if found is None:
        raise ProblemError(404, "not_found", "there is no session of this id that this key may read")
    return found
