"""Connections to a server that can be cut from outside: one that hangs must not keep the process from ending."""

import socket
import weakref
from collections.abc import Callable
from contextlib import suppress

from clickhouse_connect.driver.httputil import get_pool_manager
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class Connections:
    """Of one engine; `pool` is for its clients."""

    def __init__(self) -> None:
        self.pool: PoolManager = get_pool_manager()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._are_cut = False
        ours = self

        class Plain(HTTPConnection):
            def connect(self) -> None:
                ours._connect(self, super().connect)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                ours._connect(self, super().connect)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.pool.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def _connect(self, connection: HTTPConnection, connect: Callable[[], None]) -> None:
        if self._are_cut:
            raise ConnectionAbortedError("the collector ends")
        connect()
        if connection.sock:
            self._sockets.add(connection.sock)

    def cut(self) -> None:
        """Who waits for an answer gets an error at once, and so does who asks from now on."""
        self._are_cut = True
        for one in list(self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.pool.clear()
