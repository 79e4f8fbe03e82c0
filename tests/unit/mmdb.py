"""Writes a MaxMind-format file with one answer for every address, small enough to read."""

from pathlib import Path

MARK = b"\xab\xcd\xefMaxMind.com"


def _text(value: str) -> bytes:
    return bytes([0x40 | len(value)]) + value.encode()


def _map(*pairs: tuple[str, bytes]) -> bytes:
    return bytes([0xE0 | len(pairs)]) + b"".join(_text(name) + value for name, value in pairs)


def _number(value: int, kind: int) -> bytes:
    """Types up to 7 stand in the control byte; 9 is extended."""
    data = value.to_bytes(8, "big").lstrip(b"\0")
    return (bytes([kind << 5 | len(data)]) if kind < 8 else bytes([len(data), kind - 7])) + data


def write(path: Path, country: str, *, ip_version: int = 4) -> Path:
    """One node, both of whose branches lead to the same record."""
    record = (1 + 16).to_bytes(3, "big")
    data = _map(("country", _map(("iso_code", _text(country)))))
    about = _map(
        ("node_count", _number(1, 6)),
        ("record_size", _number(24, 5)),
        ("ip_version", _number(ip_version, 5)),
        ("database_type", _text("Test")),
        ("languages", b"\x00\x04"),
        ("binary_format_major_version", _number(2, 5)),
        ("binary_format_minor_version", _number(0, 5)),
        ("build_epoch", _number(1, 9)),
        ("description", _map()),
    )
    path.write_bytes(record * 2 + bytes(16) + data + MARK + about)
    return path
