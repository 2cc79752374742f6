"""Numbers of few people are hidden, and with them those by which they could be worked out. Pure.

Whoever reads a whole and all of its parts but one knows that one, too. So a hidden part never stands alone, and the
hidden ones together are no small number either: of each of them it stays open whether it is small.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from companion.kpi.figures import ENROLLED, PARTS, Counted

FEWEST = 5
"""So many people a number tells of at least. A usual threshold for health statistics (web.md §6, page 8)."""


def shown_parts(parts: Sequence[int]) -> list[bool]:
    """Which parts of a whole that is known may be told.

    Those under FEWEST are hidden. While a single one is hidden, or all hidden ones together are fewer than FEWEST, the
    smallest of the others is hidden with them.
    """
    shown = [part >= FEWEST for part in parts]
    while any(shown) and not _is_safe(parts, shown):
        smallest = min(part for part, is_shown in zip(parts, shown, strict=True) if is_shown)
        shown[next(i for i, part in enumerate(parts) if shown[i] and part == smallest)] = False
    return shown


def _is_safe(parts: Sequence[int], shown: Sequence[bool]) -> bool:
    hidden = [part for part, is_shown in zip(parts, shown, strict=True) if not is_shown]
    return not hidden or (len(hidden) > 1 and sum(hidden) >= FEWEST)


@dataclass(frozen=True)
class Shown:
    """A figure as it may be told; `n` and `of` are None where it is hidden, `people` where these are."""

    name: str
    n: int | None
    of: int | None
    people: int | None
    is_hidden: bool

    @property
    def share(self) -> float | None:
        """From 0 to 1; of readings and days it may be more."""
        return self.n / self.of if self.n is not None and self.of else None


def shown(figures: Iterable[Counted]) -> dict[str, Shown]:
    """The figures of one day, by name, without what would tell of few people."""
    counted = {figure.name: figure for figure in figures}
    if ENROLLED not in counted:
        return {}
    enrolled = counted[ENROLLED].people
    told = _parts_told(counted)
    return {
        name: _of_parts(figure, told[name], enrolled) if name in told else _of_people(figure, enrolled)
        for name, figure in counted.items()
    }


def _parts_told(counted: Mapping[str, Counted]) -> dict[str, bool]:
    """Which wholes and parts may be told."""
    told: dict[str, bool] = {}
    for whole, splits in PARTS.items():
        told[whole] = counted[whole].people >= FEWEST
        for split in splits:
            parts = [part for part in split if part in counted]
            may = shown_parts([counted[part].people for part in parts])
            told |= {part: is_told and told[whole] for part, is_told in zip(parts, may, strict=True)}
    return told


def _of_parts(figure: Counted, is_told: bool, enrolled: int) -> Shown:
    """A number of people among all of them."""
    whole = enrolled if enrolled >= FEWEST else None
    if not is_told:
        return Shown(figure.name, None, whole, None, is_hidden=True)
    return Shown(figure.name, figure.n, whole, figure.people, is_hidden=False)


def _of_people(figure: Counted, enrolled: int) -> Shown:
    """A figure from the data of some of them. How many they are is told unless that tells of the few others."""
    if figure.people < FEWEST:
        return Shown(figure.name, None, None, None, is_hidden=True)
    others = enrolled - figure.people
    may_count = others < 0 or all(shown_parts([figure.people, others]))
    return Shown(figure.name, figure.n, figure.of, figure.people if may_count else None, is_hidden=False)
