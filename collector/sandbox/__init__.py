"""Runs what a stranger wrote in a process that can harm nothing: `asker.py`.

No module here imports one of the rest of the collector: the process starts for every question.
"""

from collector.sandbox import landlock, seccomp


def available() -> str:
    """Empty where processes can be enclosed, else why they can't."""
    if not seccomp.known():
        return "this processor has no known filter"
    return "" if landlock.abi() else "this system has no Landlock (Linux 5.13 or newer has)"
