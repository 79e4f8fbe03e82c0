"""The labelled set: what people write to a shop, in four languages, by topic, and questions that ask for it.

`support.txt` was written for this project. A block is a topic: lines of texts, and lines of questions that begin
with `?`; `en~` marks questions with typing errors, `en#` those for a name or a number. Every text of a question's topic is right for it.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """A text or a question. `kind` is its language, with `~` for typing errors, `#` for a name or a number."""

    topic: str
    kind: str
    text: str

    @property
    def language(self) -> str:
        return self.kind.rstrip("~#")


def load() -> tuple[list[Line], list[Line]]:
    """The texts and the questions."""
    texts: list[Line] = []
    questions: list[Line] = []
    topic = ""
    for line in (Path(__file__).parent / "support.txt").read_text("utf-8").splitlines():
        if line.startswith("# "):
            topic = line[2:]
        elif line:
            kind, text = line.removeprefix("? ").split(": ", 1)
            (questions if line.startswith("?") else texts).append(Line(topic, kind, text))
    return texts, questions
