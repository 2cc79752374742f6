"""Readings as rows of an SQL table, and back."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import repeat
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, SmallInteger, String, Table, event

from companion.db import Base
from companion.readings.batch import ReadingBatch
from companion.readings.columns import INSTANT, Same, scaled
from companion.readings.reading import Kind, Limit, Meal, Metric
from companion.readings.sql_names import Numbers
from companion.readings.values import Values

T = TypeVar("T")

METRICS = list(Metric)
KINDS = list(Kind)
METRIC_NUMBER = {metric: number for number, metric in enumerate(METRICS)}
KIND_NUMBER = {kind: number for number, kind in enumerate(KINDS)}
# The numbers are on disk: new metrics and kinds go to the end of their enumeration.

PARTITIONS = 16
"""On PostgreSQL each holds every sixteenth patient: small enough to be vacuumed and moved one by one."""

reading_table = Table(
    "reading",
    Base.metadata,
    Column("patient", Integer, primary_key=True, autoincrement=False),
    Column("metric", SmallInteger, primary_key=True, autoincrement=False),
    Column("taken_at_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("device", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("value", String(20)),
    Column("unit", String(8), nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("source", String(40), nullable=False),
    Column("diastolic", String(20)),
    Column("pulse", String(20)),
    Column("out_of_range", String(2)),
    Column("meal", String(12)),
    Column("device_time", String(40), nullable=False),
    Column("clock_offset_s", Integer, nullable=False),
    Column("flags", String(60), nullable=False),
    Column("raw", LargeBinary, nullable=False),
    # The primary key is the table: one patient's readings lie side by side, in order of time.
    sqlite_with_rowid=False,
    postgresql_partition_by="HASH (patient)",
)
COLUMNS = [column.name for column in reading_table.columns]


@event.listens_for(reading_table, "after_create")
def _add_partitions(_table: Table, connection: Connection, **_options: Any) -> None:
    if connection.dialect.name == "postgresql":
        for number in range(PARTITIONS):
            connection.exec_driver_sql(
                f"CREATE TABLE reading_p{number:02} PARTITION OF reading "
                f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
            )


def rows_of(batch: ReadingBatch, numbers: Numbers) -> Iterable[tuple[Any, ...]]:
    """The readings in the order of the table's columns."""
    return zip(
        _coded(batch.patient, numbers.patients.__getitem__),
        _coded(batch.metric, METRIC_NUMBER.__getitem__),
        batch.taken_at_ms,
        _coded(list(zip(batch.patient, batch.device, strict=True)), numbers.devices.__getitem__),
        batch.sequence,
        _coded(batch.value, _digits),
        batch.unit,
        _coded(batch.kind, KIND_NUMBER.__getitem__),
        batch.source,
        _coded(batch.diastolic, _digits),
        _coded(batch.pulse, _digits),
        batch.limit,
        batch.meal,
        batch.device_time,
        batch.clock_offset_s,
        batch.flags,
        batch.raw,
        strict=False,  # a repeated value has no end of its own
    )


def _coded(column: Sequence[T], code: Callable[[T], Any]) -> Iterable[Any]:
    """Every value of the column as the table keeps it; most columns of a batch repeat one value."""
    first = column[0]
    return repeat(code(first)) if column.count(first) == len(column) else map(code, column)


def _digits(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def batch_of(patient: str, rows: Sequence[Any]) -> ReadingBatch:
    """The readings of that patient, in rows that have the device's name before the table's columns."""
    if not rows:
        return ReadingBatch.of([])
    device, _, metric, taken_at_ms, _, sequence, value, unit, kind, source, *rest = zip(*rows, strict=True)
    diastolic, pulse, limit, meal, device_time, clock_offset_s, flags, raw = rest
    return ReadingBatch(
        patient=[patient] * len(rows),
        metric=_told(metric, METRICS.__getitem__),
        taken_at_ms=taken_at_ms,
        device=device,
        sequence=sequence,
        value=_told(value, Decimal),
        unit=unit,
        kind=_told(kind, KINDS.__getitem__),
        source=source,
        diastolic=_told(diastolic, Decimal),
        pulse=_told(pulse, Decimal),
        limit=_told(limit, Limit),
        meal=_told(meal, Meal),
        device_time=device_time,
        clock_offset_s=clock_offset_s,
        flags=flags,
        raw=raw,
    )


VALUE_COLUMNS = ("taken_at_ms", "value", "unit", "kind", "out_of_range", "meal")
"""What is asked for `values_of`, in this order."""


def values_of(rows: Sequence[Any]) -> Values:
    """The values in rows of VALUE_COLUMNS."""
    if not rows:
        return Values.of([])
    taken_at_ms, value, unit, kind, limit, meal = zip(*rows, strict=True)
    numbers = scaled(value)
    return Values(
        array(INSTANT, taken_at_ms),
        _told(value, Decimal) if numbers is None else numbers,
        _short(unit, str),
        _short(kind, KINDS.__getitem__),
        _short(limit, Limit),
        _short(meal, Meal),
    )


def _short(column: Sequence[Any], read: Callable[[Any], Any]) -> Sequence[Any]:
    """What the column says; once, where it says one thing alone."""
    found = _told(column, read)
    return Same(found[0], len(found)) if len(set(column)) == 1 else found


def _told(column: Sequence[Any], read: Callable[[Any], T]) -> list[Any]:
    """What the column says. Each distinct value is read once: most columns of a device repeat a few."""
    known = {each: None if each is None else read(each) for each in set(column)}
    return list(map(known.__getitem__, column))
