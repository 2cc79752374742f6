"""What of the programme's figures may be told: numbers of few people are hidden, as on the clinic's own page
(docs/kpi.md). Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from companion.kpi.hiding import FEWEST, shown_parts
from companion.programme.figures.definitions import A_QUARTER, FIGURES, Counted, Figure, Kind

BY_NAME: Mapping[str, Figure] = {figure.name: figure for figure in FIGURES}


class Cell(NamedTuple):
    """A figure of one period as it may be told; `counted`, `among` and `people` are None where it is hidden."""

    name: str
    period: int
    currency: str | None
    counted: int | None
    among: int | None
    people: int | None

    @property
    def is_hidden(self) -> bool:
        return self.counted is None


def cell_of(row: Counted) -> Cell:
    """Hidden where it is of fewer than five people, or where fewer than five are left over of a whole of people."""
    parts = [row.counted, row.among - row.counted] if BY_NAME[row.name].kind is Kind.PEOPLE else [row.people]
    if row.people < FEWEST or not all(shown_parts(parts)):
        return Cell(row.name, row.period, row.currency, None, None, None)
    return Cell(row.name, row.period, row.currency, row.counted, row.among, row.people)


def cells_of(rows: Iterable[Counted]) -> list[Cell]:
    return [cell_of(row) for row in rows]


def quarters_of(quarters: Iterable[Counted], months: Iterable[Cell]) -> list[Cell]:
    """Quarters beside their months: one that has a hidden month is hidden, too, or the month could be worked out."""
    hidden = {(each.name, each.currency, each.period // A_QUARTER) for each in months if each.is_hidden}
    return [
        Cell(row.name, row.period, row.currency, None, None, None)
        if (row.name, row.currency, row.period) in hidden
        else cell_of(row)
        for row in quarters
        if BY_NAME[row.name].adds_up
    ]
