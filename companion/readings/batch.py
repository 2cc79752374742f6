"""Readings in columns. A download or a file is decoded, dated and stored a column at a time: what its records
share is looked at once, and the rest goes through loops that cost a third of handling each reading by itself."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from itertools import chain
from operator import lt
from typing import Any

from companion.clock import from_ms, to_ms
from companion.readings.reading import Kind, Limit, Meal, Metric, Reading


@dataclass(frozen=True, slots=True)
class ReadingBatch(Collection[Reading]):
    """The fields of `Reading`, each as a column, all of one length. `taken_at_ms` is milliseconds since 1970 UTC."""

    patient: Sequence[str]
    metric: Sequence[Metric]
    taken_at_ms: Sequence[int]
    device: Sequence[str]
    sequence: Sequence[int]
    value: Sequence[Decimal | None]
    unit: Sequence[str]
    kind: Sequence[Kind]
    source: Sequence[str]
    diastolic: Sequence[Decimal | None]
    pulse: Sequence[Decimal | None]
    limit: Sequence[Limit | None]
    meal: Sequence[Meal | None]
    device_time: Sequence[str]
    clock_offset_s: Sequence[int]
    flags: Sequence[str]
    raw: Sequence[bytes]

    @classmethod
    def of(cls, readings: Iterable[Reading]) -> "ReadingBatch":
        """The readings as columns; a batch stays as it is."""
        if isinstance(readings, ReadingBatch):
            return readings
        columns: list[Any] = [list(column) for column in zip(*readings, strict=True)] or [[] for _ in fields(cls)]
        columns[_INSTANT] = [to_ms(taken_at) for taken_at in columns[_INSTANT]]
        return cls(*columns)

    @classmethod
    def joined(cls, batches: Sequence["ReadingBatch"]) -> "ReadingBatch":
        """One batch after the other."""
        if len(batches) == 1:
            return batches[0]
        return cls(*(list(chain.from_iterable(columns)) for columns in zip(*(b.columns for b in batches), strict=True)))

    def only(self, places: Sequence[int]) -> "ReadingBatch":
        """The readings at these places."""
        return ReadingBatch(*([column[place] for place in places] for column in self.columns))

    def at(self, taken_at_ms: Sequence[int]) -> "ReadingBatch":
        """The same readings, taken at these instants."""
        return replace(self, taken_at_ms=taken_at_ms)

    @property
    def is_in_order(self) -> bool:
        """Whether every reading was taken after the one before, as records of one device mostly are."""
        return all(map(lt, self.taken_at_ms, self.taken_at_ms[1:]))

    @property
    def columns(self) -> tuple[Sequence[Any], ...]:
        """Every column, in the order of the fields of `Reading`."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def __len__(self) -> int:
        return len(self.patient)

    def __iter__(self) -> Iterator[Reading]:
        columns: list[Iterable[Any]] = list(self.columns)
        columns[_INSTANT] = map(from_ms, self.taken_at_ms)
        return map(Reading, *columns)

    def __contains__(self, reading: object) -> bool:
        return any(reading == other for other in self)


_INSTANT = Reading._fields.index("taken_at")


@dataclass(frozen=True, slots=True)
class Incoming:
    """Readings, and in the same order the identities of the records they were read from."""

    identities: Sequence[bytes]
    readings: ReadingBatch

    @classmethod
    def of(cls, records: Iterable[tuple[bytes, Reading]]) -> "Incoming":
        """Records one by one: the identity of each and its reading."""
        records = list(records)
        return cls([identity for identity, _ in records], ReadingBatch.of([reading for _, reading in records]))

    @classmethod
    def joined(cls, parts: Sequence["Incoming"]) -> "Incoming":
        """One part after the other."""
        if not parts:
            return cls.of([])
        identities = list(chain.from_iterable(part.identities for part in parts))
        return cls(identities, ReadingBatch.joined([part.readings for part in parts]))

    def only(self, places: Sequence[int]) -> "Incoming":
        """The records at these places."""
        return Incoming([self.identities[place] for place in places], self.readings.only(places))

    def __len__(self) -> int:
        return len(self.identities)

    def __iter__(self) -> Iterator[tuple[bytes, Reading]]:
        """Identity and reading of each record."""
        return zip(self.identities, self.readings, strict=True)
