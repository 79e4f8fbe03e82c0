"""Structured logs and Prometheus metrics.

Metric names are part of the interface: dashboards and alerts use them.
"""

import asyncio
import logging
import sys
from typing import Literal, TextIO, cast

import structlog
from prometheus_client import Counter, Gauge, Histogram

BATCHES = Counter("collector_batches", "Batches answered 202", ["site", "duplicate"])
EVENTS = Counter("collector_events", "Events accepted", ["site"])
REJECTED = Counter("collector_rejected", "Requests and events refused, by reason", ["reason"])
UNKNOWN_FIELDS = Counter("collector_unknown_fields", "Fields nobody knows, ignored", ["site"])
COMMIT_SECONDS = Histogram(
    "collector_commit_seconds",
    "Write and fsync of one group of batches",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
COMMIT_BATCHES = Histogram(
    "collector_commit_batches", "Batches in one group", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
SPOOL_BYTES = Gauge("collector_spool_bytes", "Bytes in the spool", multiprocess_mode="livesum")
SPOOL_SEGMENTS = Gauge("collector_spool_segments", "Sealed segments waiting", multiprocess_mode="livesum")
SPOOL_DAMAGED = Counter("collector_spool_damaged_bytes", "Bytes of the spool that failed their checksum")
INSERTED_ROWS = Counter("collector_inserted_rows", "Rows handed to ClickHouse")
SCREENED_ROWS = Counter("collector_screened_rows", "Rows that were deleted while they waited to be stored")
INSERT_SECONDS = Histogram(
    "collector_insert_seconds",
    "One segment's insert",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
INSERT_FAILURES = Counter("collector_insert_failures", "Inserts that failed and will be tried again")
COPIES_MERGED = Counter("collector_copies_merged", "Surplus rows of one event that were merged away")
QUARANTINED_ROWS = Counter("collector_quarantined_rows", "Rows ClickHouse refused for good, kept aside")
IMAGES = Counter("collector_images", "Images stored; `new`: whether these bytes were not there yet", ["site", "new"])
IMAGE_BYTES = Counter("collector_image_bytes", "Bytes of images stored that were not there yet")
THUMBNAILS = Counter("collector_thumbnails", "Thumbnails asked for, by where they came from", ["source"])
EMBEDDED_TEXTS = Counter("collector_embedded_texts", "Texts that got an embedding")
EMBEDDING_FAILURES = Counter("collector_embedding_failures", "Times the embedder failed and will be tried again")
EMBEDDING_REFUSED = Counter(
    "collector_embedding_refused_texts", "Texts the embedder refused for good; only their words are found"
)
UNSEARCHABLE_ROWS = Counter("collector_unsearchable_rows", "Stored rows whose text search could not take")
CLOCK_JUMPS = Counter("collector_clock_jumps", "Times the machine's clock jumped by more than two seconds")
CONNECTIONS_CUT = Counter("collector_connections_cut", "Connections closed before their time", ["why"])
FORWARDED = Counter(
    "collector_forwarded_requests", "Attempts to forward to the Reflexio server, by outcome", ["outcome"]
)
FORWARD_REFUSED = Counter("collector_forward_refused", "What could not be forwarded and is kept aside", ["reason"])
ERASURES_TRIED_AGAIN = Counter(
    "collector_forward_erasures_tried_again", "Times the Reflexio server did not confirm an erasure"
)
FORWARD_SECONDS = Histogram(
    "collector_forward_seconds", "One attempt to forward", buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
)
FORWARD_WAITING = Gauge(
    "collector_forward_waiting", "Interactions and requests that wait to be forwarded", multiprocess_mode="livesum"
)
LOG_LINES_LOST = Counter("collector_log_lines_lost", "Log lines that standard error did not take, on a full disk, say")
ERASURES = Counter("collector_erasures", "Deletions carried out, by what they name", ["kind"])
LIVE_VIEWERS = Gauge("collector_live_viewers", "Open live streams", multiprocess_mode="livesum")


class Tally:
    """A counter for the hot path: adds up and tells Prometheus ten times a second. Belongs to one event loop."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._sum = 0

    def add(self, amount: int) -> None:
        if not self._sum:
            asyncio.get_running_loop().call_later(TALLY_SECONDS, self._tell)
        self._sum += amount

    def _tell(self) -> None:
        self._counter.inc(self._sum)
        self._sum = 0


TALLY_SECONDS = 0.1
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class _Lossy:
    """A stream that never raises: an answer must not fail because the disk of the log is full."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            LOG_LINES_LOST.inc()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            LOG_LINES_LOST.inc()


def configure_logs(style: Literal["text", "json"], level: Literal["debug", "info", "warning", "error"]) -> None:
    """Send our log lines to standard error, as JSON objects or as text for people."""
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # what it warns of has a line of ours
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Lossy(sys.stderr))),
        cache_logger_on_first_use=True,
    )


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """The logger of one part; its lines carry `part`."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=name)
    return bound
