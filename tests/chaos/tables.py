"""What a run measured, as Markdown. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from companion.benches.machine import machine
from companion.crash_points import Point
from tests.chaos.books import KINDS, REFUSED
from tests.chaos.days import Day

STORMS, POINTS = "<!-- storms -->", "<!-- points -->"
"""Where the page has the one and the other, the points last."""


@dataclass(frozen=True)
class Tables:
    """What a run came to. It may have had storms only, or kills at points only; `killed` by point."""

    seed: int
    seconds: float
    days: Sequence[Day]
    killed: Counter[str]

    @property
    def storms(self) -> str:
        return "\n\n".join([self._head, *map(_day, self.days)]) if self.days else ""

    @property
    def points(self) -> str:
        return f"{self._head}\n\n{_points(self.killed)}" if self.killed else ""

    @property
    def _head(self) -> str:
        return f"Seed {self.seed}, {self.seconds / 60:.1f} minutes in all. {machine()}."

    def put_into(self, page: str) -> str:
        """The page with what there is put in place of what was there; the rest stays."""
        text, _, rest = page.partition(STORMS)
        storms, _, points = rest.partition(POINTS)
        parts = text + STORMS, self.storms or storms.strip(), POINTS, self.points or points.strip()
        return "\n\n".join(filter(None, parts)) + "\n"


def _day(day: Day) -> str:
    total = sum(count for what, count in day.done.items() if "killed" in what)
    head = f"**{day.clinic}**, {day.seconds / 60:.1f} minutes of storm; processes killed {total} times"
    head += f"; started {', '.join(f'{name} {count}' for name, count in sorted(day.starts.items()))}."
    wrong = "none" if not day.wrong else f"{len(day.wrong)}: {'; '.join(day.wrong[:5])}"
    kept = [(kind, day.acknowledged[kind]) for kind in (*KINDS, REFUSED)]
    return "\n\n".join(
        [
            head,
            _table(("what happened", "times"), sorted(day.done.items())),
            _table(("acknowledged", "how many"), kept),
            f"Texts at the provider: {day.texts}. Messages: {_counted(day.ends)}. What does not agree: {wrong}.",
        ]
    )


def _points(killed: Counter[str]) -> str:
    rows = [(f"`{point.value}`", killed[point.value]) for point in Point if killed[point.value]]
    return _table(("killed at", "times"), [*rows, ("all", killed.total())])


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "none"


def _table(head: tuple[str, str], rows: Iterable[tuple[str, int]]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|", *(f"| {what} | {count:,} |" for what, count in rows)]
    return "\n".join(lines)
