"""The address of an image that another program will ask for, and what its host is, without asking any name server."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

_METADATA_NAMES = ("metadata.google.internal",)
_METADATA = (IPv4Address("169.254.169.254"), IPv6Address("fd00:ec2::254"))
_SCHEMES = ("http", "https", "data")


def image_url(text: str) -> str:
    """The address of an image. Raises ValueError for other schemes and for hosts that hand out credentials."""
    if not text:
        return text
    parts = urlsplit(text)
    if parts.scheme not in _SCHEMES:
        raise ValueError(f"Image URL scheme must be http, https, or data — got '{parts.scheme}'")
    if parts.scheme != "data" and _hands_out_credentials(parts.hostname or ""):
        raise ValueError(f"URL must not target cloud metadata endpoint: {parts.hostname}")
    return text


def _hands_out_credentials(host: str) -> bool:
    return _plain(host) in _METADATA_NAMES or address_of(host) in _METADATA


def address_of(host: str) -> Address | None:
    """The address that a host is, in any form a resolver takes for one: 169.254.169.254 is 2852039166, 0xa9fea9fe,
    0251.0376.0251.0376 and ::ffff:a9fe:a9fe too. None for a name."""
    host = _plain(host).partition("%")[0]
    try:
        address = ip_address(host)
    except ValueError:
        try:
            return IPv4Address(socket.inet_aton(host))
        except (OSError, ValueError):
            return None
    return getattr(address, "ipv4_mapped", None) or address


def _plain(host: str) -> str:
    """In lower case and ASCII, as a resolver is asked: wide digits and dots are digits and dots."""
    host = host.rstrip(".").lower()
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode().rstrip(".")
    except UnicodeError:  # no name server is asked for it
        return host
