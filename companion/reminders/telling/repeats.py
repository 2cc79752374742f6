"""What nobody answered is said again, and then once by each of the person's other ways, many doses at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.contact_models import Topic
from companion.care.contacts import contacts_of
from companion.care.due_work import WorkKind
from companion.care.message_consent import consents_of
from companion.care.people import Person
from companion.care.quiet_hours import quiet_hours
from companion.care.regimens import Regimen
from companion.clock import to_ms
from companion.messages.fates import way_of
from companion.messages.routing import usable
from companion.reminders.doses.models import Dose
from companion.reminders.telling.at_once import call
from companion.reminders.telling.nagging import FIRST_WAY, Call, LookAgain, Nagging, next_call, way_of_call


class _Asked(NamedTuple):
    """A dose that was asked about, and how its medicine's reminders are repeated."""

    id: int
    patient_id: int
    called: int
    window_ends_at: datetime
    nag_minutes: int
    nag_times: int
    is_critical: bool
    quiet_from: str | None
    quiet_until: str | None
    zone: str

    @property
    def nagging(self) -> Nagging:
        return Nagging(timedelta(minutes=self.nag_minutes), self.nag_times, self.is_critical)

    @property
    def has_had_its_repeats(self) -> bool:
        return self.called > self.nag_times > 0


def repeat(session: Session, dose_ids: Sequence[int], kinds: Collection[str], now: datetime) -> list[int]:
    """One message for all that is still open of one instant, by its number; gives the doses that were called.
    `kinds`: of address that have a channel."""
    calls: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    later: list[tuple[int, datetime]] = []
    asked = _asked(session, dose_ids)
    ways = _ways_of(session, asked, kinds)
    for dose in asked:
        match _next_call(dose, ways, now):
            case Call(number, way):
                calls[number, way].append(dose.id)
            case LookAgain(at):
                later.append((dose.id, at))
            case None:  # an answer was taken back: what was asked often enough is asked once more
                calls[to_ms(now), FIRST_WAY].append(dose.id)
    for (number, way), ids in sorted(calls.items()):
        call(session, ids, number, now, way)
    due_work.put_off_many(session, WorkKind.DOSE, later)
    return [dose_id for ids in calls.values() for dose_id in ids]


def look_for_other_ways(session: Session, dose_ids: Sequence[int], kinds: Collection[str], now: datetime) -> None:
    """Of doses that were called just now: where that was the last repeat and the person can be reached by another way,
    they are looked at again before their window is over."""
    asked = [dose for dose in _asked(session, dose_ids) if dose.has_had_its_repeats]
    ways = _ways_of(session, asked, kinds)
    left = [dose for dose in asked if way_of_call(dose.called + 1, dose.nagging, ways.get(dose.patient_id, 1))]
    looks = [(dose.id, now + dose.nagging.every) for dose in left if now + dose.nagging.every < dose.window_ends_at]
    due_work.put_off_many(session, WorkKind.DOSE, looks)


def _asked(session: Session, dose_ids: Sequence[int]) -> list[_Asked]:
    if not dose_ids:
        return []
    repeats = Regimen.nag_minutes, Regimen.nag_times, Regimen.is_critical
    person = Person.quiet_from, Person.quiet_until, Person.zone
    query = (
        select(Dose.id, Dose.patient_id, Dose.reminders, Dose.window_ends_at, *repeats, *person)
        .join(Regimen, Regimen.id == Dose.regimen_id)
        .join(Person, Person.id == Dose.patient_id)
        .where(Dose.id.in_(dose_ids))
    )
    return [_Asked._make(row) for row in session.execute(query)]


def _ways_of(session: Session, asked: Iterable[_Asked], kinds: Collection[str]) -> dict[int, int]:
    """By how many ways each patient can be reminded, of those for whom that matters now."""
    patients = {dose.patient_id for dose in asked if dose.has_had_its_repeats}
    if not patients:
        return {}
    agreed: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for patient_id, kind, topic in consents_of(session, patients):
        agreed[patient_id].add((kind, topic))
    points = contacts_of(session, patients)
    found = {}
    for patient_id in patients:
        ways = [way_of(point) for point in points[patient_id]]
        found[patient_id] = len(usable(ways, Topic.REMINDERS, agreed[patient_id], kinds).ways)
    return found


def _next_call(dose: _Asked, ways: dict[int, int], now: datetime) -> Call | LookAgain | None:
    quiet, zone = quiet_hours(dose.quiet_from, dose.quiet_until), ZoneInfo(dose.zone)
    return next_call(dose.nagging, dose.called, dose.window_ends_at, quiet, zone, now, ways.get(dose.patient_id, 1))
