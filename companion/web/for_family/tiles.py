"""One person on a caregiver's page: today's doses, the last values, and what is shared. No medicine is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.consent import Scope
from companion.care.people import Person
from companion.care.sharing import lately_ended
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.services import Services
from companion.web.charting import values
from companion.web.charting.values import Lately
from companion.web.for_family.alerts import AlertLine
from companion.web.words import Words

ENDED_SHOWN_FOR = timedelta(days=30)
"""How long a caregiver reads that something is not shared any more."""

DOSES: Words = {
    DoseState.PLANNED: _l("still to come"),
    DoseState.DUE: _l("not answered yet"),
    DoseState.SNOOZED: _l("not answered yet"),
    DoseState.TAKEN: _l("taken"),
    DoseState.SKIPPED: _l("skipped"),
    DoseState.MISSED: _l("not confirmed"),
    DoseState.MISSED_UNREACHED: _l("not known: no reminder arrived"),
}
TAKEN_LATE = _l("taken, noted late")
SIGNS = {
    DoseState.TAKEN: ("✓", "taken"),
    DoseState.SKIPPED: ("–", "skipped"),
    DoseState.MISSED: ("✗", "missed"),
    DoseState.MISSED_UNREACHED: ("?", "unknown"),
}
"""Sign and style; what is still open is a ring."""


@dataclass(frozen=True, order=True)
class DoseLine:
    """One time of today, and how it went."""

    time: str
    sign: str
    css: str
    words: str


@dataclass(frozen=True)
class Tile:
    """One person. `doses` or `lately` None: the patient does not share it."""

    patient: Person
    alerts: Sequence[AlertLine]
    doses: tuple[DoseLine, ...] | None
    lately: Lately | None

    @property
    def shared(self) -> tuple[Scope, ...]:
        shares = ((Scope.MISSED_DOSES, self.doses), (Scope.READINGS, self.lately))
        return tuple(scope for scope, what in shares if what is not None)

    @property
    def not_shared(self) -> tuple[Scope, ...]:
        return tuple(scope for scope in (Scope.MISSED_DOSES, Scope.READINGS) if scope not in self.shared)


@dataclass(frozen=True)
class Ended:
    """Something that a patient shared until lately. Nobody is named: not even that is shared any more."""

    scope: str
    ended_at: datetime | None


def tiles_of(
    db: Session,
    services: Services,
    doses_of: Sequence[Person],
    values_of: Sequence[Person],
    alerts: Sequence[AlertLine],
    at: datetime,
) -> list[Tile]:
    """Everybody who shares anything; those with an open alert first, then by name."""
    people = {patient.id: patient for patient in [*doses_of, *values_of]}
    tiles = [
        Tile(
            patient=patient,
            alerts=[line for line in alerts if line.is_open and line.patient.id == patient.id],
            doses=todays_doses(db, patient, at) if patient in doses_of else None,
            lately=values.lately(db, services.store, patient, services.settings, at) if patient in values_of else None,
        )
        for patient in people.values()
    ]
    return sorted(tiles, key=lambda tile: (not tile.alerts, tile.patient.name, tile.patient.id))


def todays_doses(db: Session, patient: Person, at: datetime) -> tuple[DoseLine, ...]:
    """The times of today and how each went; several medicines of one time that went alike say so once."""
    today = at.astimezone(ZoneInfo(patient.zone)).date()
    query = select(Dose).where(
        Dose.patient_id == patient.id, Dose.local_on == today, Dose.state != DoseState.CANCELLED.value
    )
    return tuple(dict.fromkeys(_line(dose) for dose in db.scalars(query.order_by(Dose.due_at, Dose.id))))


def _line(dose: Dose) -> DoseLine:
    state = DoseState(dose.state)
    sign, css = SIGNS.get(state, ("○", "open"))
    if state is DoseState.TAKEN and dose.is_late:
        return DoseLine(dose.local_time, sign, "late", str(TAKEN_LATE))
    return DoseLine(dose.local_time, sign, css, str(DOSES[state]))


def ended_of(db: Session, member: Person, at: datetime) -> list[Ended]:
    """What is not shared any more, said neutrally: who ended it, and why, is theirs to tell."""
    found = lately_ended(db, member.id, at - ENDED_SHOWN_FOR, at)
    return [Ended(link.scope, link.ends_at) for _patient, link in found]
