"""Ports of loopback for processes of tests."""

import secrets
import socket
from contextlib import suppress


def free_port() -> int:
    """One below the ephemeral range: there no client's connection takes it before it is listened on, or while a process
    is down between two starts."""
    while True:
        port = 20000 + secrets.randbelow(12000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
