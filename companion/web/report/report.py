"""Everything that stands in a report for the visit, gathered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from companion.care.people import Person, age_on
from companion.readings.reading import Reading
from companion.readings.store import ReadingStore
from companion.reminders.adherence import DoseOutcome, figures
from companion.reminders.adherence import Figures as Taken
from companion.reminders.outcomes import outcomes_by_medicine
from companion.web.charting.charts import Pressure, Span
from companion.web.charting.figures import Figures, figures_of
from companion.web.charting.measured import Asked, Measured, measured_of
from companion.web.charting.shown_glucose import GENERAL_TARGET
from companion.web.charting.targets import HOME_PRESSURE_TARGET
from companion.web.for_patients.medicines import Told, told_of
from companion.web.report.day_log import Day, day_log

PERIODS = (14, 30, 90)
LOG_DAYS = 14
"""So many days fit on the second page, whatever the period is; no period is shorter."""
FIGURES = frozenset({Asked.SENSOR, Asked.METER, Asked.PRESSURE, Asked.HOME})


@dataclass(frozen=True)
class Report:
    """From the beginning of local day `first_on` to `made_at`. `age` None: the birthday is not known."""

    patient: Person
    age: int | None
    days: int
    first_on: date
    last_on: date
    made_at: datetime
    figures: Figures
    taken: Taken
    by_medicine: dict[str, Taken]
    medicines: list[Told]
    log: list[Day]


def report_of(
    db: Session, store: ReadingStore, patient: Person, at: datetime, days: int, language: str, *, tells_doses: bool
) -> Report:
    """The patient's last `days` days. `tells_doses` False: how doses changed is left out, because the patient's own
    pages must not repeat an old amount."""
    zone = ZoneInfo(patient.zone)
    today = at.astimezone(zone).date()
    # A day more than the figures are of: the log begins at a midnight.
    measured = measured_of(db, store, patient, at, timedelta(days=days + 1), FIGURES)
    span = Span(at - timedelta(days=days), at, zone)
    by_medicine = outcomes_by_medicine(db, patient, at, days)
    doses = list(chain.from_iterable(by_medicine.values()))
    return Report(
        patient=patient,
        age=age_on(patient.birth_on, today) if patient.birth_on else None,
        days=days,
        first_on=today - timedelta(days=days - 1),
        last_on=today,
        made_at=at,
        figures=figures_of(db, patient, measured.since(span.start), span, asked=FIGURES, tells_doses=tells_doses),
        taken=figures(doses, today, days),
        by_medicine={medicine: figures(some, today, days) for medicine, some in by_medicine.items()},
        medicines=told_of(db, patient, language, at),
        log=_log(measured, doses, today, zone),
    )


def _log(measured: Measured, doses: Sequence[DoseOutcome], today: date, zone: ZoneInfo) -> list[Day]:
    unit = measured.unit
    return day_log(
        measured.sticks,
        _pressures(measured.pressures),
        doses,
        last_on=today,
        days=LOG_DAYS,
        zone=zone,
        unit=unit,
        glucose=GENERAL_TARGET[unit],
        pressure=HOME_PRESSURE_TARGET,
    )


def _pressures(readings: Iterable[Reading]) -> list[Pressure]:
    return [
        Pressure(reading.taken_at, reading.value, reading.diastolic, reading.pulse)
        for reading in readings
        if reading.value is not None and reading.diastolic is not None
    ]
