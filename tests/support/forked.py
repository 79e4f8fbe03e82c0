"""Python programs for tests, forked from a process that has imported all of the collector: a second sooner each.

They are what `python -m MODULE` makes, but for their birth: arguments, environment, output, signals and end are their
own. Where the interpreter itself must be another (developer mode, a library to preload) start one the long way.
"""

import atexit
import faulthandler
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from tempfile import TemporaryFile
from typing import NoReturn

POSSIBLE = sys.platform == "linux"
_MOST_BYTES = 1 << 20
_WIDTH = 12


class Forked:
    """Such a program; what tests use of `subprocess.Popen`."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        output: int,
        errors: int | None = None,
    ) -> None:
        """`output` and `errors` are descriptors; without `errors` they go where output goes."""
        self.args = [sys.executable, "-m", module, *arguments]
        self.returncode: int | None = None
        self._told, theirs = os.pipe()
        request = {"module": module, "arguments": [*arguments], "environment": dict(environment)}
        try:
            socket.send_fds(
                _parent(os.getpid()),
                [json.dumps(request).encode()],
                [output, output if errors is None else errors, theirs],
            )
        finally:
            os.close(theirs)
        self.pid = int(self._read())

    def _read(self) -> str:
        """What the parent tells: the process id, then the status."""
        number = os.read(self._told, _WIDTH).decode()
        assert number, "the process that forks is gone"
        return number

    def poll(self) -> int | None:
        return self.returncode if self.returncode is not None else self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        status = self.returncode if self.returncode is not None else self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def _ended(self, timeout: float | None) -> int | None:
        if select.select([self._told], [], [], timeout)[0]:
            self.returncode = int(self._read())
            os.close(self._told)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end. Raises subprocess.TimeoutExpired."""
    if not POSSIBLE:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(
            command, env=dict(environment), capture_output=True, text=True, timeout=timeout, check=False
        )
    with TemporaryFile() as output, TemporaryFile() as errors:
        program = Forked(module, arguments, environment, output.fileno(), errors.fileno())
        try:
            status = program.wait(timeout)
        finally:
            program.kill()
        told = [os.pread(file.fileno(), _MOST_BYTES, 0).decode() for file in (output, errors)]
    return subprocess.CompletedProcess(program.args, status, *told)


@cache
def _parent(_pid: int) -> socket.socket:
    """One for each process of tests; it ends, with all that it forked, when this end of the socket does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_BYTES)
    with theirs:
        command = [sys.executable, "-W", "error::ResourceWarning", "-m", "tests.support.forked", str(theirs.fileno())]
        # its end is nobody's business: it follows ours
        subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL).returncode = 0
    atexit.register(ours.close)
    return ours


def _serve(asked: socket.socket) -> tuple[str, list[str]]:
    """Fork whenever asked, and tell how each ended. Returns in the children only: module and arguments."""
    children: dict[int, int] = {}
    woken, wakes = os.pipe()
    for descriptor in (woken, wakes):
        os.set_blocking(descriptor, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    while True:
        ready = select.select([asked, woken], [], [])[0]
        if woken in ready:
            os.read(woken, 4096)
            _reap(children)
        if asked not in ready:
            continue
        data, (output, errors, told), *_ = _received(asked, children)
        request = json.loads(data)
        child = os.fork()
        if child == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (woken, wakes, told, *children.values()):
                os.close(descriptor)
            asked.close()
            _become(output, errors, request["environment"])
            return request["module"], request["arguments"]
        os.close(output)
        os.close(errors)
        children[child] = told
        _tell(told, child)


def _received(asked: socket.socket, children: Mapping[int, int]) -> tuple[bytes, list[int], int, object]:
    received = socket.recv_fds(asked, _MOST_BYTES, 3)
    if not received[0]:
        _end(children)
    return received


def _end(children: Mapping[int, int]) -> NoReturn:
    for child in children:
        os.kill(child, signal.SIGKILL)
    os._exit(0)


def _reap(children: dict[int, int]) -> None:
    for child in [*children]:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            told = children.pop(child)
            with suppress(BrokenPipeError):  # nobody waits for it any more
                _tell(told, os.waitstatus_to_exitcode(status))
            os.close(told)


def _tell(told: int, number: int) -> None:
    os.write(told, f"{number:{_WIDTH}}".encode())


def _become(output: int, errors: int, environment: Mapping[str, str]) -> None:
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.close(output)
    os.close(errors)
    os.environ.clear()
    os.environ.update(environment)
    faulthandler.register(signal.SIGUSR1)  # tells what each thread is at


def _preload() -> None:
    from collector import cli  # noqa: F401 - not in the process of the tests
    from collector.intake import useragent

    useragent.warm_up()


if __name__ == "__main__":
    _preload()
    program, given = _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.argv = [program, *given]
    runpy.run_module(program, run_name="__main__", alter_sys=True)
