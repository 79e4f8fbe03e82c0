"""Fields nobody knows are ignored and counted.

Validation drops them without a word, so they are found by counting: a JSON text has as many `":` as it
has keys (or more, where a string holds one). Only where that number differs from what validation kept is the
text looked at again. At most a hundred batches a second are counted: it is a hint for people who write senders,
not worth a tenth of the hot path.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import orjson
from msgspec.structs import astuple

from collector import telemetry
from collector.wire.beacon import BATCH_FIELDS, CONTEXT_FIELDS, EVENT_FIELDS, TARGET_FIELDS

if TYPE_CHECKING:
    from collector.intake.check import Checked

MOST_EACH_SECOND = 100


class UnknownFields:
    """Counts unknown fields in the metric `collector_unknown_fields_total`."""

    def __init__(self) -> None:
        self._second = 0
        self._left = 0

    def count(self, body: bytes, checked: "Checked", site: str, now_ms: int) -> None:
        """Look at one batch, if this second's share is not used up."""
        if now_ms // 1000 != self._second:
            self._second, self._left = now_ms // 1000, MOST_EACH_SECOND
        if self._left > 0:
            self._left -= 1
            _count(body, checked, site)


def _count(body: bytes, checked: "Checked", site: str) -> None:
    batch = checked.batch
    known = _present(batch) + _present(batch.context)
    for event in checked.events:
        known += _present(event) + _present(event.target) + len(event.props or ())
    if body.count(b'":') != known:
        with suppress(orjson.JSONDecodeError):  # it takes no NaN, which may stand where nobody looked
            if unknown := _unknown(orjson.loads(body)):
                telemetry.UNKNOWN_FIELDS.labels(site).inc(unknown)


def _present(struct: msgspec.Struct | None) -> int:
    return 0 if struct is None else sum(value is not None for value in astuple(struct))


def _unknown(batch: dict[str, Any]) -> int:
    found = len(batch.keys() - BATCH_FIELDS) + _beyond(batch.get("context"), CONTEXT_FIELDS)
    for event in batch["events"]:
        found += _beyond(event, EVENT_FIELDS)
        if isinstance(event, dict):
            found += _beyond(event.get("target"), TARGET_FIELDS)
    return found


def _beyond(value: object, known: frozenset[str]) -> int:
    return len(value.keys() - known) if isinstance(value, dict) else 0
