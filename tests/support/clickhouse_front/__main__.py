"""`python -m tests.support.clickhouse_front --path DIR [--port N] [--user U] [--password P] [--announce]`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading

from tests.support.clickhouse_front.engine import Engine
from tests.support.clickhouse_front.faults import FaultBook
from tests.support.clickhouse_front.server import FrontServer
from tests.support.ports import free_port


def main() -> None:
    parser = argparse.ArgumentParser(description="ClickHouse's HTTP interface over chDB")
    parser.add_argument("--path", required=True, help="the engine's folder")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one below the ephemeral range")
    parser.add_argument("--user", default="default")
    parser.add_argument("--password", default="")
    parser.add_argument("--also", nargs=2, action="append", default=[], help="one more user and password")
    parser.add_argument("--announce", action="store_true", help='print {"port": N} when ready')
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    args = parser.parse_args()

    engine = Engine(args.path)
    users = {args.user: args.password, **dict(args.also)}
    server = FrontServer((args.host, args.port or free_port()), engine, FaultBook(), users)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    threading.Thread(target=server.serve_forever, name="accept", daemon=True).start()
    if args.with_parent:
        threading.Thread(target=_until_stdin_closes, args=(stopped,), name="parent", daemon=True).start()
    if args.announce:
        print(json.dumps({"port": server.server_port}), flush=True)
    stopped.wait()
    server.server_close()
    engine.close()
    os._exit(0)  # hung connections keep daemon threads inside the engine's library; they have nothing to save


def _until_stdin_closes(stopped: threading.Event) -> None:
    sys.stdin.buffer.read()
    stopped.set()


if __name__ == "__main__":
    main()
