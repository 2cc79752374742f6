"""Readings in an SQL database: on SQLite one clustered table, written in sorted batches."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import repeat
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    String,
    Table,
    delete,
    desc,
    select,
)

from companion.clock import from_ms, to_ms
from companion.db import Base, insert_ready_rows, looking, value_mark
from companion.readings.batch import ReadingBatch
from companion.readings.digest import ReadingsDigest
from companion.readings.reading import Kind, Limit, Meal, Metric, Reading
from companion.readings.store import Appended, Capabilities, Erased
from companion.readings.summaries import Summaries

T = TypeVar("T")

METRICS = list(Metric)
KINDS = list(Kind)
METRIC_NUMBER = {metric: number for number, metric in enumerate(METRICS)}
KIND_NUMBER = {kind: number for number, kind in enumerate(KINDS)}
# The numbers are on disk: new metrics and kinds go to the end of their enumeration.

reading_name = Table(
    "reading_name",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(160), nullable=False, unique=True),
)
"""Patients and devices by number, so that a row stays small."""

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
)
COLUMNS = [column.name for column in reading_table.columns]
_KEY = itemgetter(*range(len(reading_table.primary_key.columns)))


NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
ROWS_AT_ONCE = 2000
"""So many readings of an export are in memory."""


class SqlReadingStore(Summaries):
    """ReadingStore over an SQLAlchemy engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._numbers: dict[str, int] = {}
        mark = value_mark(engine.dialect)
        self._insert_name = f"INSERT INTO reading_name (name) VALUES ({mark}) ON CONFLICT DO NOTHING"  # noqa: S608

    def make_tables(self) -> None:
        """For a database of its own that holds nothing but readings."""
        Base.metadata.create_all(self._engine, tables=[reading_name, reading_table])

    def capabilities(self) -> Capabilities:
        return Capabilities(NAMES[self._engine.dialect.name], erases_patients=True, joins_records=True)

    def joins(self, connection: Connection) -> bool:
        return connection.engine.url == self._engine.url

    def append(self, batch: Collection[Reading], within: Connection | None = None) -> Appended:
        if not batch:
            return Appended(0, 0)
        columns = ReadingBatch.of(batch)
        if within is not None:
            return self._append(within, columns)
        with self._engine.begin() as connection:
            return self._append(connection, columns)

    def _append(self, connection: Connection, batch: ReadingBatch) -> Appended:
        numbers = self._numbers_of({*batch.patient, *batch.device}, connection)
        rows = list(_rows(batch, numbers))
        if not batch.is_in_order:
            rows.sort(key=_KEY)
        new = insert_ready_rows(connection, reading_table.name, COLUMNS, rows)
        return Appended(new, len(rows) - new)

    def _numbers_of(self, names: set[str], connection: Connection) -> dict[str, int]:
        """Every name's number. Only committed ones are remembered: a rollback frees a number for another name."""
        if names <= self._numbers.keys():
            return self._numbers
        with looking(self._engine) as committed:
            self._numbers.update(_look_up(committed, names))
        fresh = names - self._numbers.keys()
        if not fresh:
            return self._numbers
        connection.exec_driver_sql(self._insert_name, [(name,) for name in sorted(fresh)])
        return self._numbers | _look_up(connection, fresh)

    def between(
        self, patient: str, metric: Metric, start: datetime, end: datetime, within: Connection | None = None
    ) -> list[Reading]:
        at = reading_table.c.taken_at_ms
        query = self._of(patient, metric).where(at >= to_ms(start), at < to_ms(end))
        query = query.order_by(at, _device_name, reading_table.c.sequence)
        if within is not None:
            return [_reading(row) for row in within.execute(query)]
        return self._read(query)

    def latest(self, patient: str, metric: Metric, count: int = 1) -> list[Reading]:
        query = self._of(patient, metric)
        table = reading_table.c
        return self._read(
            query.order_by(desc(table.taken_at_ms), desc(_device_name), desc(table.sequence)).limit(count)
        )

    def patients(self) -> Iterator[str]:
        has_some = select(reading_table.c.patient).where(reading_table.c.patient == reading_name.c.id).exists()
        with looking(self._engine) as connection:
            yield from sorted(connection.scalars(select(reading_name.c.name).where(has_some)))

    def export_patient(self, patient: str) -> Iterator[Reading]:
        with looking(self._engine) as connection:
            yield from self._export(connection, patient)

    def erase_patient(self, patient: str) -> Erased:
        digest = ReadingsDigest()
        with self._engine.begin() as connection:
            for reading in self._export(connection, patient):
                digest.add(reading)
            number = select(reading_name.c.id).where(reading_name.c.name == patient).scalar_subquery()
            connection.execute(delete(reading_table).where(reading_table.c.patient == number))
        return Erased(patient, digest.counts, digest.hexdigest())

    def _export(self, connection: Connection, patient: str) -> Iterator[Reading]:
        table = reading_table.c
        query = _with_names().where(_patient_name == patient)
        query = query.order_by(table.metric, table.taken_at_ms, _device_name, table.sequence)
        rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
        return map(_reading, rows)

    def _of(self, patient: str, metric: Metric) -> Select[Any]:
        return _with_names().where(_patient_name == patient, reading_table.c.metric == METRIC_NUMBER[metric])

    def _read(self, query: Any) -> list[Reading]:
        with looking(self._engine) as connection:
            return [_reading(row) for row in connection.execute(query)]


_patients, _devices = reading_name.alias(), reading_name.alias()
_patient_name, _device_name = _patients.c.name, _devices.c.name


def _with_names() -> Select[Any]:
    return (
        select(_patient_name, _device_name, reading_table)
        .join(_patients, _patients.c.id == reading_table.c.patient)
        .join(_devices, _devices.c.id == reading_table.c.device)
    )


def _look_up(connection: Connection, names: set[str]) -> dict[str, int]:
    query = select(reading_name.c.name, reading_name.c.id).where(reading_name.c.name.in_(names))
    return {row.name: row.id for row in connection.execute(query)}


def _rows(batch: ReadingBatch, numbers: Mapping[str, int]) -> Iterable[tuple[Any, ...]]:
    """The readings in the order of the table's columns."""
    return zip(
        _coded(batch.patient, numbers.__getitem__),
        _coded(batch.metric, METRIC_NUMBER.__getitem__),
        batch.taken_at_ms,
        _coded(batch.device, numbers.__getitem__),
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


def _reading(row: Any) -> Reading:
    patient, device, _, metric, taken_at_ms, _, sequence, value, unit, kind, source, *rest = row
    diastolic, pulse, out_of_range, meal, device_time, clock_offset_s, flags, raw = rest
    return Reading(
        patient=patient,
        metric=METRICS[metric],
        taken_at=from_ms(taken_at_ms),
        device=device,
        sequence=sequence,
        value=None if value is None else Decimal(value),
        unit=unit,
        kind=KINDS[kind],
        source=source,
        diastolic=None if diastolic is None else Decimal(diastolic),
        pulse=None if pulse is None else Decimal(pulse),
        limit=None if out_of_range is None else Limit(out_of_range),
        meal=None if meal is None else Meal(meal),
        device_time=device_time,
        clock_offset_s=clock_offset_s,
        flags=flags,
        raw=raw,
    )
