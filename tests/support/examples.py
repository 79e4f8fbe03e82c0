"""How many examples hypothesis tries: few in `make test`, many in `make fuzz`."""

import os

_TIMES = int(os.environ.get("EXAMPLES", "1"))


def examples(few: int) -> int:
    """`few` of them, or EXAMPLES times as many."""
    return few * _TIMES
