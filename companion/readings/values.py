"""What was measured, in columns: all that the figures and the chart of many readings need."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from operator import attrgetter, lt
from typing import Any

from companion.clock import to_ms
from companion.readings.columns import different, joined, picked
from companion.readings.reading import Kind, Limit, Meal, Reading


@dataclass(frozen=True, slots=True)
class Values:
    """Of one patient and one metric, oldest first. The fields of `Reading` of these names, each as a column, all of one
    length; `taken_at_ms` is milliseconds since 1970 UTC."""

    taken_at_ms: Sequence[int]
    value: Sequence[Decimal | None]
    unit: Sequence[str]
    kind: Sequence[Kind]
    limit: Sequence[Limit | None]
    meal: Sequence[Meal | None]

    @classmethod
    def of(cls, readings: Iterable[Reading]) -> "Values":
        """Those of readings that are in order."""
        columns: list[Any] = [list(column) for column in zip(*map(_TOLD, readings), strict=True)]
        if not columns:
            return cls([], [], [], [], [], [])
        return cls([to_ms(taken_at) for taken_at in columns[0]], *columns[1:])

    @classmethod
    def joined(cls, pieces: Sequence["Values"]) -> "Values":
        """One after the other."""
        return cls(*(joined([getattr(piece, field.name) for piece in pieces]) for field in fields(cls)))

    def of_kinds(self, kinds: Collection[Kind]) -> "Values":
        """Those that came to be in one of these ways."""
        there, wanted = different(self.kind), set(kinds)
        if there <= wanted:
            return self
        return self._only([kind in wanted for kind in self.kind] if there & wanted else [])

    @property
    def limits(self) -> list[Limit]:
        """What the device could not measure: each HI and LO."""
        return list(filter(None, self.limit)) if any(different(self.limit)) else []

    @property
    def measured(self) -> "Values":
        """Those that are numbers."""
        return self._only([limit is None for limit in self.limit]) if self.limits else self

    def _only(self, is_wanted: Sequence[bool]) -> "Values":
        return Values(*(picked(getattr(self, field.name), is_wanted) for field in fields(self)))

    def within(self, start_ms: int, end_ms: int) -> "Values":
        """Those taken from one instant on and before another, in milliseconds since 1970 UTC."""
        first, last = (bisect_left(self.taken_at_ms, at) for at in (start_ms, end_ms))
        if last - first == len(self):
            return self
        return Values(*(getattr(self, field.name)[first:last] for field in fields(self)))

    @property
    def is_in_order(self) -> bool:
        """Whether each was taken after the one before, and no two at one instant."""
        return all(map(lt, self.taken_at_ms, self.taken_at_ms[1:]))

    def __len__(self) -> int:
        return len(self.taken_at_ms)


_TOLD = attrgetter("taken_at", "value", "unit", "kind", "limit", "meal")
