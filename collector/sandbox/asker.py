"""One question on the embedded engine's tables, in a process of its own: `python -m collector.sandbox.asker`.

The engine's read-only mode leaves holes: SELECT file('/etc/passwd') reads, INTO OUTFILE writes, DESCRIBE url(…)
calls, SYSTEM and KILL work, and a query may bring a process down. So a question gets an engine that has nothing but
the parts of our tables (attached where they are, read only), a folder to work in, and no network; the kernel sees to
it. What it does to its engine ends with it.

stdin: a `Job` as JSON. stdout: a line `{"ok": true}` and the answer's bytes, or a line `{"ok": false, "message": …}`.
"""

import json
import os
import resource
import sys
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from collector.sandbox import landlock, seccomp
from collector.sandbox.clauses import output_clause

MOST_FILE_BYTES = 2 << 30
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo",
           "/proc/self", "/sys/fs/cgroup", "/dev/urandom")  # fmt: skip
"""What the engine and Python look into besides."""


@dataclass(frozen=True)
class Job:
    """`tables`: each one's statement to attach it, and `folders` with their parts. `root`: the engine's folder.
    `scratch`: an empty folder. `settings`: the limits, which the question can't change."""

    root: str
    scratch: str
    database: str
    folders: list[str]
    tables: list[str]
    sql: str
    format: str
    parameters: dict[str, str]
    settings: dict[str, int | str]


def main() -> None:
    job = Job(**json.loads(sys.stdin.buffer.read()))
    enclose(job)
    answer = _ask(job)
    out = sys.stdout.buffer
    out.write(answer)
    out.flush()
    os._exit(0)  # nothing here is worth a tidy end


def enclose(job: Job) -> None:
    """Give up everything that answering does not need. Raises OSError."""
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # where memory is short, this one ends and not the collector
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_FILE_BYTES, MOST_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.chdir(job.scratch)
    os.environ["TMPDIR"] = job.scratch
    os.nice(10)
    readable = [*_code(), *map(Path, _SYSTEM), *map(Path, job.folders)]
    landlock.restrict(readable, [Path(job.scratch)])
    seccomp.restrict()


def _code() -> list[Path]:
    """Where Python and the engine's package lie."""
    engine = find_spec("chdb")
    if engine is None or engine.origin is None:
        raise OSError("the embedded engine is not installed")
    return [Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("platstdlib")), Path(engine.origin).parents[1]]


def _ask(job: Job) -> bytes:
    import chdb  # noqa: PLC0415 - starts threads, which must be enclosed like this one

    try:
        connection = _open(chdb, job)
        written = connection.query("SELECT formatQuery({sql:String})", "RawBLOB", params={"sql": _escaped(job.sql)})
        if clause := output_clause(written.bytes().decode(errors="replace")):
            return _refusal(f"{clause} is left out; the format is named beside the question")
        answer = connection.query(job.sql, job.format, params=job.parameters).bytes()
    except chdb.ChdbError as error:
        return _refusal(str(error))
    return b'{"ok": true}\n' + (answer or b"")


def _refusal(message: str) -> bytes:
    return json.dumps({"ok": False, "message": message}).encode() + b"\n"


def _open(chdb: Any, job: Job) -> Any:
    """An engine with the tables, whose session may only read from here on."""
    config = Path(job.scratch) / "engine.xml"
    config.write_text(_CONFIG.format(root=job.root), "utf-8")
    connection = chdb.connect(f"{job.scratch}/engine?config-file={config}")
    connection.query(f"CREATE DATABASE `{job.database}`")
    for table in job.tables:
        connection.query(table)
    connection.query(f"USE `{job.database}`")
    connection.query("SET " + ", ".join(f"{name} = {_quoted(value)}" for name, value in job.settings.items()))
    return connection


def _quoted(value: int | str) -> str:
    return str(value) if isinstance(value, int) else f"'{_escaped(value)}'"


def _escaped(text: str) -> str:
    """As the engine wants the text of a parameter, or between quotes."""
    for raw, written in _ESCAPES:
        text = text.replace(raw, written)
    return text


_ESCAPES = (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"), ("\0", "\\0"))

_CONFIG = """<clickhouse><storage_configuration>
<disks><live><type>local</type><path>{root}/</path></live></disks>
<policies><live><volumes><main><disk>live</disk></main></volumes></live></policies>
</storage_configuration></clickhouse>
"""

if __name__ == "__main__":
    main()
