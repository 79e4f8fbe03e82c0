"""The analytics questions: their endpoints, each with an example of its answer."""

from collector.analytics.friction import friction
from collector.analytics.heatmap import heatmap
from collector.analytics.images import images
from collector.analytics.summary import summary
from collector.analytics.timeseries import timeseries
from collector.analytics.top import top
from collector.http.answering import Answering
from collector.http.endpoint import Endpoint
from collector.http.examples import EXAMPLES
from collector.query.asked import FrictionQuery, HeatmapQuery, ImagesQuery, SummaryQuery, TimeseriesQuery, TopQuery
from collector.wire.analytics import Friction, Heatmap, Images, Summary, Timeseries, Top

TAG = "Analytics"


def analytics(answering: Answering) -> list[Endpoint]:
    """The group's endpoints."""

    question = answering.group(TAG, EXAMPLES)
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
        question(
            "/v1/top", TopQuery, top, Top, "What most",
            "Pages, entry and exit pages, referrers, campaigns, elements, searches, events, errors, products, images, "
            "or the values of any field.",
        ),
        question(
            "/v1/images", ImagesQuery, images, Images, "Which images lead to the cart",
            "Images of the shop: how often and how long they are looked at, touched, and put into the cart.",
        ),
        question(
            "/v1/friction", FrictionQuery, friction, Friction, "Where it hurts",
            "Rage clicks, dead clicks, forms that are left, pages that people leave at once, errors; with some "
            "sessions of each.",
        ),
        question(
            "/v1/heatmap", HeatmapQuery, heatmap, Heatmap, "Where people click on a page, how far down they come",
            "Clicks in squares of the viewport's width over `columns`, whatever that width was; or for each depth in "
            "percent the share of sessions that came so far.",
        ),
    ]  # fmt: skip
