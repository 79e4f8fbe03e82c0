"""Names of time zones."""

from functools import cache
from zoneinfo import available_timezones

_NO_ZONES = frozenset({"localtime", "Factory"})
"""What stands beside the zones in the system's folder, as `posix/…` and `right/…` do."""


@cache
def zone_names() -> frozenset[str]:
    """All zones of the IANA database."""
    return frozenset(available_timezones()) - _NO_ZONES


def zone_name(name: str) -> str:
    """The name, if there is such a zone in the IANA database. Raises ValueError."""
    if name not in zone_names():
        raise ValueError("must be an IANA time zone such as Europe/Berlin")
    return name
