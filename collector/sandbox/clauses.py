"""What may not stand at the end of a question: where its answer goes is not for it to say."""

from collections.abc import Iterable, Iterator

_CLAUSES = ("INTO OUTFILE", "FORMAT")


def output_clause(formatted: str) -> str:
    """The clause of a statement, as the engine's `formatQuery` wrote it, that names an output; empty if none does.

    There only clauses of the statement itself stand at the beginning of a line.
    """
    return next(_found(formatted.splitlines()), "")


def _found(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        for clause in _CLAUSES:
            if line.startswith(f"{clause} "):
                yield clause
