"""Values that could not be read: set aside, and read again."""

from sqlalchemy import Engine

from companion.db import Base, looking
from companion.devices.ingest import IntakeKind, add_intake, new_intake, quarantine
from companion.devices.models import Quarantined
from companion.devices.records.payloads import Refused
from companion.readings.batch import ReadingBatch
from companion.sealing.columns import QUARANTINED, SealedColumn, opened, texts_by_id
from tests.world import World


def set_aside(world: World, text: str, of: int | None = None) -> None:
    """A value of Anna's, or of that person's."""
    patient = of or world.anna.id
    refused = [Refused(text.encode().ljust(16)[:16], "2A18", "short", text)]
    with world.engine.begin() as connection:
        intake = new_intake(kind=IntakeKind.DOWNLOAD, patient_id=patient, now=world.now)
        number = add_intake(connection, intake, ReadingBatch.of([]), new=0)
        quarantine(connection, patient, number, refused, world.now)


def texts(world: World) -> list[str]:
    """Of everything that was set aside."""
    with looking(world.engine) as connection:
        return list(texts_by_id(connection, QUARANTINED, world.all(Quarantined)).values())


def plain_of(engine: Engine, column: SealedColumn, row: Base) -> bytes:
    """What is sealed in that row."""
    with looking(engine) as connection:
        (value,) = opened(connection, column, [row])
    return value
