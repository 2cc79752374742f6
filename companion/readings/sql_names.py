"""Patients and their devices by number, so that a stored reading stays small."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Column, Connection, Integer, String, Table, UniqueConstraint

from companion.db import Base
from companion.many_rows import value_mark

NOBODY = 0

reading_name = Table(
    "reading_name",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("owner", Integer, nullable=False, server_default=str(NOBODY)),
    # In the order of code points on every engine, as a digest over readings needs it.
    Column("name", String(160).with_variant(String(160, collation="C"), "postgresql"), nullable=False),
    UniqueConstraint("owner", "name"),
)
"""A patient's row is owned by nobody, a device's by its patient: what is erased with one patient is no other's."""

DeviceOf = tuple[str, str]
"""Patient and device, both by name."""


class Numbers(NamedTuple):
    """The numbers of the patients and devices of one batch; they hold as long as the transaction."""

    patients: dict[str, int]
    devices: dict[DeviceOf, int]


def numbers_of(connection: Connection, wanted: Collection[DeviceOf]) -> Numbers:
    """Their numbers, given where there was none.

    Looked up each time: another process may have erased a patient since. On PostgreSQL the patients' rows are locked,
    so that an erasure waits for readings that are being appended, and they for it.
    """
    wanted = sorted(wanted)
    numbers = _known(connection, sorted({patient for patient, _ in wanted}))
    for patient, device in wanted:
        if patient not in numbers.patients:
            numbers.patients[patient] = _add(connection, NOBODY, patient)
        if (patient, device) not in numbers.devices:
            numbers.devices[patient, device] = _add(connection, numbers.patients[patient], device)
    return numbers


def _known(connection: Connection, patients: list[str]) -> Numbers:
    """Those of the patients that have a number, with all their devices."""
    marks = ", ".join([value_mark(connection.dialect)] * len(patients))
    lock = "FOR KEY SHARE OF patient" if connection.dialect.name == "postgresql" else ""
    rows = connection.exec_driver_sql(
        "SELECT patient.name, patient.id, device.name, device.id FROM reading_name AS patient "  # noqa: S608
        "LEFT JOIN reading_name AS device ON device.owner = patient.id "
        f"WHERE patient.owner = {NOBODY} AND patient.name IN ({marks}) {lock}",
        tuple(patients),
    ).all()
    return Numbers(
        {patient: number for patient, number, _, _ in rows},
        {(patient, device): number for patient, _, device, number in rows if number is not None},
    )


def _add(connection: Connection, owner: int, name: str) -> int:
    """The number of a new name. Where somebody was first it is theirs, and their row is locked."""
    mark = value_mark(connection.dialect)
    number: int = connection.exec_driver_sql(
        f"INSERT INTO reading_name (owner, name) VALUES ({mark}, {mark}) "  # noqa: S608
        "ON CONFLICT (owner, name) DO UPDATE SET name = excluded.name RETURNING id",
        (owner, name),
    ).scalar_one()
    return number
