"""Days of a sensor, packed, beside the readings they were packed from: thrown away by whatever changes such a day."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Integer, LargeBinary, SmallInteger, Table, bindparam, delete, insert, select

from companion.db import Base
from companion.many_rows import value_mark
from companion.readings.packed_days import Stretch, packed, unpacked
from companion.readings.sql_names import NOBODY, reading_name
from companion.readings.values import Values

day_table = Table(
    "reading_day",
    Base.metadata,
    Column("patient", Integer, primary_key=True, autoincrement=False),
    Column("metric", SmallInteger, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("packed", LargeBinary, nullable=False),
)
"""`day` is counted in UTC from 1970 on. Nothing stands here that the readings do not tell."""


def days_kept(connection: Connection, patient: str, metric: int, span: Stretch) -> dict[int, Values]:
    """The packed days of which the span has any part."""
    touched = span.touched
    asked = {"patient": patient, "metric": metric, "first": touched.start, "end": touched.stop}
    return {day: unpacked(piece) for day, piece in connection.execute(_KEPT, asked)}


def keep_days(connection: Connection, number: int, metric: int, days: Mapping[int, Values]) -> None:
    """In the place of what was kept of these days."""
    forget_days(connection, [(number, metric)], min(days), max(days))
    rows = [{"patient": number, "metric": metric, "day": day, "packed": packed(values)} for day, values in days.items()]
    connection.execute(insert(day_table), rows)


def forget_days(connection: Connection, of: Sequence[tuple[int, int]], first_day: int, last_day: int) -> None:
    """What is kept of these days of patients and metrics, by their numbers: readings were added to them. `of` is in
    order, so that two who forget at once never wait for each other."""
    mark = value_mark(connection.dialect)
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(_FORGET.replace("?", mark), [(*each, first_day, last_day) for each in of])
    finally:
        cursor.close()


def erase_days(connection: Connection, number: int | None) -> None:
    """Everything kept of that patient."""
    connection.execute(delete(day_table).where(_day.patient == number))


_day: Any = day_table.c
_number = select(reading_name.c.id).where(reading_name.c.owner == NOBODY, reading_name.c.name == bindparam("patient"))
_KEPT = (
    select(_day.day, _day.packed)
    .where(_day.patient == _number.scalar_subquery(), _day.metric == bindparam("metric"))
    .where(_day.day >= bindparam("first"), _day.day < bindparam("end"))
    .order_by(_day.day)
)
_FORGET = f"DELETE FROM {day_table.name} WHERE patient = ? AND metric = ? AND day BETWEEN ? AND ?"  # noqa: S608
