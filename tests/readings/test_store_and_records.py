"""A store of every kind behind the records of one clinic: what is laid over readings, and the ledger before them."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete

from companion.arrivals import Typed
from companion.db import writing
from companion.devices.ingest import TypedReading
from companion.errors import BadInput
from companion.flows import TakenIn, keep
from companion.readings.amendments import Amended, Amendment, Field, WhyNot, amend, amended
from companion.readings.annulments import annul
from companion.readings.ledger import reading_identity
from companion.readings.reading import Meal, Metric, Reading
from companion.readings.store import ReadingStore
from tests.readings.store_builders import everything
from tests.world import World


class Clinic(World):
    """The small world, with its readings in that store."""

    def __init__(self, folder: Path, store: ReadingStore) -> None:
        super().__init__(folder)
        self.stores = replace(self.stores, readings=store)

    def type_glucose(self, value: str) -> TakenIn:
        """Anna types a value in mmol/L."""
        local = self.now.astimezone(self.zone).replace(tzinfo=None)
        entry = TypedReading(Metric.GLUCOSE, local, Decimal(value), "mmol/L")
        return keep(self.stores, Typed(self.anna.id, entry, self.anna), self.now)

    def type_pressure(self, systolic: str, diastolic: str) -> TakenIn:
        local = self.now.astimezone(self.zone).replace(tzinfo=None)
        entry = TypedReading(Metric.BLOOD_PRESSURE, local, Decimal(systolic), "mm[Hg]", Decimal(diastolic))
        return keep(self.stores, Typed(self.anna.id, entry, self.anna), self.now)

    def stored(self, metric: Metric = Metric.GLUCOSE) -> list[Reading]:
        return everything(self.stores.readings, self.anna.public_id, metric)

    def read(self, metric: Metric = Metric.GLUCOSE) -> list[Amended]:
        """The readings with everything laid over."""
        with writing(self.engine) as session:
            return amended(session, self.anna.public_id, self.stored(metric))

    def say(self, field: Field, new: str, metric: Metric = Metric.GLUCOSE) -> None:
        """Anna says so of her only reading."""
        with writing(self.engine) as session:
            (entry,) = amended(session, self.anna.public_id, self.stored(metric))
            amend(session, entry.reading, field=field, new=new, by_id=self.anna.id, why="mistyped", now=self.now)

    def erase(self) -> None:
        """The readings, and the ledger that knows their records."""
        self.stores.readings.erase_patient(self.anna.public_id)
        with self.engine.begin() as connection:
            connection.execute(delete(reading_identity).where(reading_identity.c.patient_id == self.anna.id))


@pytest.fixture
def clinic(tmp_path: Path, store: ReadingStore) -> Clinic:
    return Clinic(tmp_path, store)


def test_a_value_corrected_to_a_lower_one_is_read_so_and_stored_as_it_came(clinic: Clinic) -> None:
    clinic.type_glucose("17.8")

    clinic.say(Field.VALUE, "7.8")
    clinic.type_glucose("17.8")

    assert [entry.reading.value for entry in clinic.read()] == [Decimal("7.8")]
    assert [reading.value for reading in clinic.stored()] == [Decimal("17.8")]


def test_the_newest_correction_holds_and_each_says_what_was_before(clinic: Clinic) -> None:
    clinic.type_pressure("241", "88")

    clinic.say(Field.VALUE, "141/88", Metric.BLOOD_PRESSURE)
    clinic.say(Field.VALUE, "142/88", Metric.BLOOD_PRESSURE)
    (entry,) = clinic.read(Metric.BLOOD_PRESSURE)

    assert (entry.reading.value, entry.reading.diastolic) == (142, 88)
    assert [(row.old, row.new) for row in clinic.all(Amendment)] == [("241/88", "141/88"), ("141/88", "142/88")]


@pytest.mark.parametrize("meant", ["", "seven", "nan", "-1", "780", "7.8/3.1x", "1e400", "7." + "8" * 30])
def test_a_correction_that_cannot_be_is_refused(clinic: Clinic, meant: str) -> None:
    clinic.type_glucose("17.8")

    with pytest.raises(BadInput):
        clinic.say(Field.VALUE, meant)

    assert [entry.reading.value for entry in clinic.read()] == [Decimal("17.8")]


def test_what_a_device_measured_is_not_rewritten(clinic: Clinic) -> None:
    clinic.measure(150)

    with pytest.raises(BadInput, match="measured by a device"):
        clinic.say(Field.VALUE, "110")


def test_a_meal_said_afterwards_is_laid_over(clinic: Clinic) -> None:
    clinic.measure(150)

    clinic.say(Field.MEAL, "fasting")

    assert [(entry.reading.meal, entry.meal_was_asked) for entry in clinic.read()] == [(Meal.FASTING, True)]
    assert [reading.meal for reading in clinic.stored()] == [None]


def test_what_was_taken_back_counts_no_more_and_stays(clinic: Clinic) -> None:
    taken = clinic.measure(150)

    with writing(clinic.engine) as session:
        annul(session, clinic.anna.public_id, taken.intake, clinic.anna.id, clinic.now)

    assert [entry.why_not for entry in clinic.read()] == [WhyNot.TAKEN_BACK]
    assert len(clinic.stored()) == 1


def test_what_was_erased_counts_as_new_when_it_is_sent_again(clinic: Clinic) -> None:
    payloads = clinic.fasting_payloads(150, 155, 158)
    first, again = clinic.download(payloads), clinic.download(payloads)
    before = clinic.stored()

    clinic.erase()
    left = clinic.stored()
    after = clinic.download(payloads)

    assert [(taken.new, taken.known) for taken in (first, again, after)] == [(3, 0), (0, 3), (3, 0)]
    assert left == []
    assert [reading[:6] for reading in clinic.stored()] == [reading[:6] for reading in before]
