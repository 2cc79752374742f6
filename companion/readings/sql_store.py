"""Readings in an SQL database, written in sorted batches: on SQLite one clustered table, on PostgreSQL partitions."""

from collections.abc import Collection, Iterator
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Select, bindparam, delete, desc, func, inspect, or_, select
from sqlalchemy.exc import DBAPIError

from companion.clock import from_ms, to_ms
from companion.crash_points import Point, reached
from companion.db import Base, erasing, looking, writing_if_free
from companion.errors import BadInput
from companion.group_commit import write
from companion.many_rows import insert_ready_rows
from companion.readings.batch import ReadingBatch
from companion.readings.digest import ReadingsDigest
from companion.readings.packed_days import DAY_MS, Stretch, by_day, days_worth_packing, joined, stretches_between
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.sql_bulk import COPIED_FROM, copy_ready_rows
from companion.readings.sql_days import day_table, days_kept, erase_days, forget_days, keep_days
from companion.readings.sql_names import NOBODY, numbers_of, reading_name
from companion.readings.sql_rows import (
    COLUMNS,
    KIND_NUMBER,
    METRIC_NUMBER,
    VALUE_COLUMNS,
    batch_of,
    reading_table,
    rows_of,
    values_of,
)
from companion.readings.store import Appended, Capabilities, Erased, Held
from companion.readings.summaries import Summaries
from companion.readings.values import Values

log = structlog.get_logger()

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
ROWS_AT_ONCE = 2000
"""So many readings of an export are in memory."""

_KEY = itemgetter(*range(len(reading_table.primary_key.columns)))
_OF = itemgetter(0, 1)  # patient and metric


class SqlReadingStore(Summaries):
    """ReadingStore over an SQLAlchemy engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make_tables(self) -> None:
        """For a database of its own that holds nothing but readings. Raises BadInput for one of another version."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # where SQLite has one writer, who starts beside us waits here
                connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(reading_table.name))))
            Base.metadata.create_all(connection, tables=[reading_name, reading_table, day_table])
            there = {column["name"] for column in inspect(connection).get_columns(reading_name.name)}
        if there != set(reading_name.columns.keys()):
            raise BadInput(
                "the readings database was made by another version of companion",
                where=self._engine.url.render_as_string(),
                advice="start with an empty one, and send the readings again",
            )

    def capabilities(self) -> Capabilities:
        return Capabilities(
            NAMES[self._engine.dialect.name], erases_patients=True, joins_records=True, counts_exactly=True
        )

    def joins(self, connection: Connection) -> bool:
        return connection.engine.url == self._engine.url

    def append(self, batch: Collection[Reading], within: Connection | None = None) -> Appended:
        if not batch:
            return Appended(0, 0)
        columns = ReadingBatch.of(batch)
        if within is not None:
            return self._append(within, columns)
        return write(self._engine, lambda connection: self._append(connection, columns))

    def _append(self, connection: Connection, batch: ReadingBatch) -> Appended:
        numbers = numbers_of(connection, set(zip(batch.patient, batch.device, strict=True)))
        rows = list(rows_of(batch, numbers))
        if not batch.is_in_order:
            rows.sort(key=_KEY)
        if connection.dialect.name == "postgresql" and len(rows) >= COPIED_FROM:
            new = copy_ready_rows(connection, rows)
        else:
            new = insert_ready_rows(connection, reading_table.name, COLUMNS, rows)
        if new:
            days = [at // DAY_MS for at in (min(batch.taken_at_ms), max(batch.taken_at_ms))]
            forget_days(connection, sorted(set(map(_OF, rows))), *days)
        reached(Point.TAKE_IN_BEFORE_COMMIT)
        return Appended(new, len(rows) - new)

    def between(
        self,
        patient: str,
        metric: Metric,
        start: datetime,
        end: datetime,
        within: Connection | None = None,
        kinds: Collection[Kind] | None = None,
    ) -> list[Reading]:
        span = {"patient": patient, "metric": METRIC_NUMBER[metric], "start": to_ms(start), "end": to_ms(end)}
        query = _of_kinds(_BETWEEN, kinds)
        if within is not None:
            return _in_order(_read(within, query, span))
        with looking(self._engine) as connection:
            return _in_order(_read(connection, query, span))

    def values(
        self, patient: str, metric: Metric, start: datetime, end: datetime, kinds: Collection[Kind] | None = None
    ) -> Values:
        span = Stretch(to_ms(start), to_ms(end))
        with looking(self._engine) as connection:
            kept = days_kept(connection, patient, METRIC_NUMBER[metric], span)
            read = {
                stretch: self._read_values(connection, patient, metric, stretch, kinds)
                for stretch in stretches_between(span, kept)
            }
        for stretch, values in read.items():
            if days := days_worth_packing(stretch, values):
                self._pack(patient, metric, days)
        found = joined(span, kept, read)
        return found.of_kinds(kinds) if kept and kinds is not None else found

    def _read_values(
        self,
        connection: Connection,
        patient: str,
        metric: Metric,
        stretch: Stretch,
        kinds: Collection[Kind] | None,
    ) -> Values:
        asked = {"patient": patient, "metric": METRIC_NUMBER[metric], **stretch._asdict()}
        found = values_of(connection.execute(_of_kinds(_VALUES, kinds), asked).all())
        # The order of two at one instant is that of their devices, which are not looked up here.
        if found.is_in_order:
            return found
        start, end = map(from_ms, stretch)
        return Values.of(self.between(patient, metric, start, end, within=connection, kinds=kinds))

    def _pack(self, patient: str, metric: Metric, days: range) -> None:
        """Left to who reads next where anybody writes, so that nobody waits for it, and no append passes it by. Who
        looks gets the values also where nothing can be written, on a full disk or a copy that is only read."""
        try:
            with writing_if_free(self._engine) as connection:
                if connection is not None:
                    self._pack_within(connection, patient, metric, days)
        except DBAPIError as error:
            log.warning("days of a sensor were not packed", reason=type(error.orig).__name__)

    def _pack_within(self, connection: Connection, patient: str, metric: Metric, days: range) -> None:
        number = connection.scalar(_FIND.with_for_update(skip_locked=True), {"patient": patient})
        if number is not None:
            whole = Stretch(days.start * DAY_MS, days.stop * DAY_MS)
            values = self._read_values(connection, patient, metric, whole, None)
            keep_days(connection, number, METRIC_NUMBER[metric], by_day(values, days))

    def latest(self, patient: str, metric: Metric, count: int = 1) -> list[Reading]:
        wanted = {"patient": patient, "metric": METRIC_NUMBER[metric], "count": count}
        with looking(self._engine) as connection:
            return list(_read(connection, _LATEST, wanted))

    def coverage(self, patient: str, metric: Metric, start: datetime, end: datetime) -> Held:
        span = {"patient": patient, "metric": METRIC_NUMBER[metric], "start": to_ms(start), "end": to_ms(end)}
        with looking(self._engine) as connection:
            n, instants, devices, first, last = connection.execute(_HELD, span).one()
        return Held(n, instants, devices, from_ms(first) if n else None, from_ms(last) if n else None)

    def patients(self) -> Iterator[str]:
        with looking(self._engine) as connection:
            yield from sorted(connection.scalars(_PATIENTS))

    def export_patient(self, patient: str) -> Iterator[Reading]:
        with looking(self._engine) as connection:
            yield from _all_of(connection, patient)

    def erase_patient(self, patient: str) -> Erased:
        digest = ReadingsDigest()
        with erasing(self._engine) as connection:
            number = connection.scalar(_FIND.with_for_update(), {"patient": patient})
            for reading in _all_of(connection, patient):
                digest.add(reading)
            erase_days(connection, number)
            connection.execute(delete(reading_table).where(_stored.patient == number))
            connection.execute(delete(reading_name).where(or_(_name.id == number, _name.owner == number)))
        return Erased(patient, digest.counts, digest.hexdigest())


def _read(connection: Connection, query: Select[Any], wanted: dict[str, Any]) -> ReadingBatch:
    return batch_of(wanted["patient"], connection.execute(query, wanted).all())


def _of_kinds(query: Select[Any], kinds: Collection[Kind] | None) -> Select[Any]:
    """Only those that came to be in one of these ways; all of them with None."""
    if kinds is None:
        return query
    return query.where(_stored.kind.in_(sorted(KIND_NUMBER[kind] for kind in kinds)))


def _in_order(batch: ReadingBatch) -> list[Reading]:
    """Oldest first already: those of one instant by device and sequence, too."""
    readings = list(batch)
    if not batch.is_in_order:
        readings.sort(key=attrgetter("taken_at", "device", "sequence"))
    return readings


def _all_of(connection: Connection, patient: str) -> Iterator[Reading]:
    """Fetched as they are asked for."""
    for rows in connection.execute(_EVERYTHING, {"patient": patient}).partitions():
        yield from batch_of(patient, rows)


_stored, _name, _device = reading_table.c, reading_name.c, reading_name.alias("device")
_FIND = select(_name.id).where(_name.owner == NOBODY, _name.name == bindparam("patient"))
_of_patient = _stored.patient == _FIND.scalar_subquery()  # found first, so that PostgreSQL looks into one partition
_of_metric = _of_patient & (_stored.metric == bindparam("metric"))
_in_span = _of_metric & (_stored.taken_at_ms >= bindparam("start")) & (_stored.taken_at_ms < bindparam("end"))
_order = (_stored.taken_at_ms, _device.c.name, _stored.sequence)
_told = select(_device.c.name, reading_table).join_from(reading_table, _device, _device.c.id == _stored.device)

# Ordered to the end, SQLite needs twice the time; two devices rarely measure at one instant.
_BETWEEN = _told.where(_in_span).order_by(_stored.taken_at_ms)
_VALUES = select(*(_stored[name] for name in VALUE_COLUMNS)).where(_in_span).order_by(_stored.taken_at_ms)
_LATEST = _told.where(_of_metric).order_by(*map(desc, _order)).limit(bindparam("count"))
_EVERYTHING = _told.where(_of_patient).order_by(_stored.metric, *_order).execution_options(yield_per=ROWS_AT_ONCE)
_HELD = select(
    func.count(),
    func.count(_stored.taken_at_ms.distinct()),
    func.count(_stored.device.distinct()),
    func.min(_stored.taken_at_ms),
    func.max(_stored.taken_at_ms),
).where(_in_span)
_PATIENTS = select(_name.name).where(
    _name.owner == NOBODY, select(_stored.patient).where(_stored.patient == _name.id).exists()
)
