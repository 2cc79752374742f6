"""Readings that were there before are the same after the schema went up, and down, and up again."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from companion.db import make_engine
from companion.migrations import downgrade, upgrade
from companion.readings.sql_rows import COLUMNS
from companion.readings.sql_store import SqlReadingStore
from tests.readings.store_builders import glucose

OLD_NAMES = {1: "pa_wang", 2: "typed", 3: "pa_li", 4: "de_1", 5: "pa_nobody"}
OLD_ROWS = [(1, 0, 1, 2, 7), (1, 0, 2, 4, 8), (3, 0, 1, 2, 7)]
"""Patient, metric, instant, device and sequence, as revision 0003 numbers them: both type values in."""


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = make_engine(database)
    yield engine
    engine.dispose()


def fill_as_before(engine: Engine) -> None:
    """What a database of revision 0003 held."""
    same = {"value": "7.8", "unit": "mmol/L", "kind": 0, "source": "in_1", "device_time": "", "clock_offset_s": 0}
    names = ("patient", "metric", "taken_at_ms", "device", "sequence")
    marks = ", ".join(f":{name}" for name in [*names, *same, "flags", "raw"])
    columns = ", ".join([*names, *same, "flags", "raw"])
    with engine.begin() as connection:
        for number, name in OLD_NAMES.items():
            connection.execute(
                text("INSERT INTO reading_name (id, name) VALUES (:id, :name)"), {"id": number, "name": name}
            )
        for row in OLD_ROWS:
            told = {**dict(zip(names, row, strict=True)), **same, "flags": "", "raw": b"\x00x"}
            connection.execute(text(f"INSERT INTO reading ({columns}) VALUES ({marks})"), told)


def named_rows(engine: Engine) -> list[tuple[object, ...]]:
    """Every reading with the names of its patient and device, whatever their numbers are."""
    columns = ", ".join(f"reading.{name}" for name in COLUMNS if name not in {"patient", "device"})
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            f"SELECT patient.name, device.name, {columns} FROM reading "
            "JOIN reading_name AS patient ON patient.id = reading.patient "
            "JOIN reading_name AS device ON device.id = reading.device ORDER BY 1, 2, 4"
        )
        return [tuple(row) for row in rows]


def test_readings_of_before_are_the_same_after_every_way(engine: Engine) -> None:
    upgrade(engine, "0003")
    fill_as_before(engine)
    before = named_rows(engine)

    upgrade(engine, "0004")
    up = named_rows(engine)
    downgrade(engine, "0003")
    down = named_rows(engine)
    upgrade(engine)

    assert [row[:2] for row in before] == [("pa_li", "typed"), ("pa_wang", "de_1"), ("pa_wang", "typed")]
    assert before == up == down == named_rows(engine)


def test_after_the_move_each_patient_has_devices_of_its_own(engine: Engine) -> None:
    upgrade(engine, "0003")
    fill_as_before(engine)

    upgrade(engine)
    store = SqlReadingStore(engine)
    store.append([glucose(), glucose(patient="pa_new")])
    store.erase_patient("pa_wang")

    assert list(store.patients()) == ["pa_li", "pa_new"]
    assert [row[:2] for row in named_rows(engine)] == [("pa_li", "typed"), ("pa_new", "meter-1")]
