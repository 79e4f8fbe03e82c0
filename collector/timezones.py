"""Names of time zones."""

from zoneinfo import ZoneInfo


def zone_name(name: str) -> str:
    """The name, if there is such a zone in the IANA database. Raises ValueError."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Europe/Berlin") from None
    return name
