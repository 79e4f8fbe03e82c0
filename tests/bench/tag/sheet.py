"""A table of figures beside what ours must be, and whether it is."""

from dataclasses import dataclass, field

from rich.table import Table

from tests.bench.tag.peers import OURS


@dataclass(frozen=True)
class Must:
    """At most so much of what is bad: ms, bytes, requests, losses. `words`: as a reader would say it."""

    most: float
    words: str


MUSTS = {
    "core, gzip bytes": Must(6 * 1024, "6,144"),
    "screenshot part, gzip bytes": Must(12 * 1024, "12,288"),
    "script at load, ms": Must(10, "10"),
    "script at load, 4× throttle, ms": Must(40, "40"),
    "tasks over 50 ms at load, 4×": Must(0, "none"),
    "added to a click, 4×, median ms": Must(4, "4"),
    "added to a click, 4×, max ms": Must(8, "8"),
    "requests, 20 clicks and a full scroll in 10 s": Must(6, "6"),
    "preflights": Must(0, "0"),
    "bytes a click": Must(500, "500"),
    "clicks of pages closed at once, cold": Must(0, "all"),
    "after the next visit: answers were 503": Must(0, "all"),
    "after the next visit: offline": Must(0, "all"),
    "after the next visit: the page crashed": Must(0, "all"),
    "rows stored twice": Must(0, "0"),
    "back-forward cache": Must(0, "kept"),
}


@dataclass
class Sheet:
    """Figures as rows, trackers as columns."""

    title: str
    trackers: list[str]
    _cells: dict[str, dict[str, tuple[float, str]]] = field(default_factory=dict)

    def note(self, figure: str, tracker: str, found: float, words: str = "") -> None:
        """`found` is compared with the figure's must, `words` are shown."""
        text = words or (f"{found:,.0f}" if abs(found) >= 100 or found == int(found) else f"{found:,.1f}")
        self._cells.setdefault(figure, {})[tracker] = found, text

    def table(self) -> Table:
        table = Table(title=self.title, header_style="bold", box=None, title_justify="left")
        table.add_column("")
        for name in ("must", OURS, "", *[name for name in self.trackers if name != OURS]):
            table.add_column(name, justify="right")
        for figure, cells in self._cells.items():
            must = MUSTS.get(figure)
            found, text = cells[OURS]
            held = "" if not must else "[green]ok[/]" if found <= must.most else "[red bold]miss[/]"
            others = [cells.get(name, (0, "–"))[1] for name in self.trackers if name != OURS]
            table.add_row(figure, must.words if must else "", f"[bold]{text}[/]", held, *others)
        return table
