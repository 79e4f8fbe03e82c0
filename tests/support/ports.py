"""Ports of loopback for processes of tests."""

import itertools
import os
import secrets
import socket
from contextlib import suppress

LOWEST, EACH, WORKERS = 20000, 750, 16
"""Below the ephemeral range: there no client's connection takes a port before it is listened on, or while a process is
down between two starts. Each process of tests has its own, one after the other: so does no other process of tests."""

_first = LOWEST + EACH * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % WORKERS)
_next = itertools.count(secrets.randbelow(EACH))


def free_port() -> int:
    """One that nobody listens on, nor was given a while ago."""
    while True:
        port = _first + next(_next) % EACH
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
