"""What a patient sees of the day: what to take now, what is still open, what changed, and the last week in dots."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, in_force, must_check_first
from companion.reminders.doses.answers import view_of
from companion.reminders.doses.changes import Waiting, waiting_changes
from companion.reminders.doses.dose_life import undo_ends_at
from companion.reminders.doses.dose_state import ANSWERED, LATE_LOG, MISSED, OPEN, DoseState
from companion.reminders.doses.models import Dose
from companion.web.identifiers import dose_id

LATEST_UNDO = timedelta(hours=13)
"""No answer can be taken back for longer: the longest window is twelve hours (care.regimens)."""

WEEK = 7
PAGE = "page"
"""How a dose was answered, in its history."""


@dataclass(frozen=True)
class Change:
    """A dose that a doctor changed and that the patient has not said back yet.

    `from_amount` is only told of an increase: of a decrease the old amount is never repeated. `starts_on`: the local
    day of the next dose.
    """

    regimen: Regimen
    revision: RegimenRevision
    from_amount: Decimal | None
    to_amount: Decimal
    starts_on: date
    doctor: str

    @property
    def is_decrease(self) -> bool:
        return self.from_amount is None


@dataclass(frozen=True)
class DoseLine:
    """One medicine of a card. `amount` None: it changed, and has to be read first."""

    id: str
    regimen: Regimen
    amount: Decimal | None


@dataclass(frozen=True)
class DoseCard:
    """Everything that is due at one time."""

    due_at: datetime
    local_time: str
    lines: tuple[DoseLine, ...]
    snoozed_until: datetime | None

    @property
    def has_changed(self) -> bool:
        return any(line.amount is None for line in self.lines)


@dataclass(frozen=True)
class Answered:
    """The answer given last, while it can still be taken back."""

    dose_ids: tuple[str, ...]
    local_times: str
    state: str


@dataclass(frozen=True)
class Recent:
    """A dose whose answer can still be corrected."""

    id: str
    due_at: datetime
    words: str


@dataclass(frozen=True)
class Dot:
    """One dose of the week: a sign, and the same in words."""

    sign: str
    css: str
    words: str


@dataclass(frozen=True)
class Day:
    on: date
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class Today:
    """The doses of one patient as the page shows them."""

    changes: tuple[Change, ...]
    now: tuple[DoseCard, ...]
    late: tuple[DoseCard, ...]
    next: DoseCard | None
    last_answer: Answered | None
    recent: tuple[Recent, ...]
    week: tuple[Day, ...]


def today_of(db: Session, patient: Person, waiting: Iterable[Waiting], at: datetime) -> Today:
    """The patient's doses around that instant, and the changes that wait."""
    today = at.astimezone(ZoneInfo(patient.zone)).date()
    doses = _doses_since(db, patient, today - timedelta(days=WEEK - 1), at)
    return Today(
        changes=tuple(change_shown(db, each) for each in waiting),
        now=_cards([dose for dose in doses if _is_now(dose, at)], at),
        late=_cards([dose for dose in doses if _is_late(dose, at)], at, newest_first=True),
        next=_next(doses, at),
        last_answer=_last_answer(db, patient, at),
        recent=tuple(_recent(dose) for dose in reversed(doses) if _can_be_corrected(dose, at)),
        week=_week(doses, today),
    )


# What changed


def changes_of(db: Session, patient: Person, at: datetime) -> tuple[Change, ...]:
    """The approved changes that wait for the patient to say them back."""
    return tuple(change_shown(db, waiting) for waiting in waiting_changes(db, patient, at))


def change_shown(db: Session, waiting: Waiting) -> Change:
    """The change as the patient reads it."""
    change, revision = waiting.change, waiting.revision
    return Change(
        regimen=waiting.regimen,
        revision=revision,
        from_amount=None if change.is_decrease else change.before,
        to_amount=change.amount,
        starts_on=change.starts_on,
        doctor=db.get_one(Person, revision.clinician_id).name,
    )


def amount_now(dose: Dose, at: datetime) -> Decimal | None:
    """What to take of a dose that is not answered yet; None while a change has to be read first.

    A dose planned under an older revision follows the one in force: the old amount is not repeated.
    """
    if must_check_first(dose.regimen):
        return None
    held = in_force(dose.regimen, at)
    return dose.amount if held is None or held.id == dose.revision_id else held.amount


def amount_told(dose: Dose, at: datetime) -> Decimal | None:
    """What is told of any dose: of an open one what to take now; of a missed one, which may still be taken, what was to
    be taken, unless it was lowered since; of an answered one what was prescribed. None while to be checked first."""
    if dose.state in OPEN or must_check_first(dose.regimen):
        return amount_now(dose, at)
    held = in_force(dose.regimen, at)
    return min(dose.amount, held.amount) if held and dose.state in MISSED else dose.amount


# Doses


def _doses_since(db: Session, patient: Person, first: date, at: datetime) -> list[Dose]:
    span = {"patient": patient.id, "first": first, "end": at + timedelta(days=2)}
    return list(db.scalars(_SINCE, span))


_SINCE = (
    select(Dose)
    .where(
        Dose.patient_id == bindparam("patient"),
        Dose.local_on >= bindparam("first"),
        Dose.due_at < bindparam("end"),
        Dose.state != DoseState.CANCELLED.value,
    )
    .order_by(Dose.due_at, Dose.id)
)


def _is_now(dose: Dose, at: datetime) -> bool:
    return dose.state in OPEN and dose.due_at <= at <= dose.window_ends_at


def _is_late(dose: Dose, at: datetime) -> bool:
    """Its window is over, nobody answered, and it may still be written down."""
    is_over = dose.state in MISSED or (dose.state in OPEN and at > dose.window_ends_at)
    return is_over and at <= dose.due_at + LATE_LOG


def _cards(doses: Sequence[Dose], at: datetime, *, newest_first: bool = False) -> tuple[DoseCard, ...]:
    """One card for all doses of one time."""
    groups: dict[datetime, list[Dose]] = defaultdict(list)
    for dose in doses:
        groups[dose.due_at].append(dose)
    return tuple(_card(groups[due_at], at) for due_at in sorted(groups, reverse=newest_first))


def _card(doses: Sequence[Dose], at: datetime) -> DoseCard:
    snoozed = [dose.snoozed_until for dose in doses if dose.state == DoseState.SNOOZED and dose.snoozed_until]
    return DoseCard(
        due_at=doses[0].due_at,
        local_time=doses[0].local_time,
        lines=tuple(DoseLine(dose_id(dose), dose.regimen, amount_now(dose, at)) for dose in doses),
        snoozed_until=min((until for until in snoozed if until > at), default=None),
    )


def _next(doses: Iterable[Dose], at: datetime) -> DoseCard | None:
    coming = _cards([dose for dose in doses if dose.state in OPEN and dose.due_at > at], at)
    return coming[0] if coming else None


def _last_answer(db: Session, patient: Person, at: datetime) -> Answered | None:
    """What the patient answered last, by whatever way; doses answered together belong together."""
    found = db.scalars(_ANSWERED, {"patient": patient.id, "since": at - LATEST_UNDO}).all()
    together = [dose for dose in found if dose.answered_at == found[0].answered_at]
    if not together or at > min(undo_ends_at(view_of(db, dose)) for dose in together):
        return None
    times = ", ".join(sorted({dose.local_time for dose in together}))
    return Answered(tuple(map(dose_id, together)), times, together[0].state)


_ANSWERED = (
    select(Dose)
    .where(
        Dose.patient_id == bindparam("patient"),
        Dose.answered_by == bindparam("patient"),
        Dose.answered_at > bindparam("since"),
    )
    .order_by(Dose.answered_at.desc(), Dose.id)
)


def _can_be_corrected(dose: Dose, at: datetime) -> bool:
    return dose.state in ANSWERED and at <= dose.due_at + LATE_LOG


def _recent(dose: Dose) -> Recent:
    return Recent(dose_id(dose), dose.due_at, dot_of(dose).words)


# The week


def _week(doses: Iterable[Dose], today: date) -> tuple[Day, ...]:
    days: dict[date, list[Dot]] = {today - timedelta(days=back): [] for back in reversed(range(WEEK))}
    for dose in doses:
        if dose.local_on in days:
            days[dose.local_on].append(dot_of(dose))
    return tuple(Day(day, tuple(dots)) for day, dots in days.items())


def dot_of(dose: Dose) -> Dot:
    """The sign of one dose, and its words."""
    sign, css, words = _sign(dose)
    return Dot(sign, css, f"{dose.local_time} {dose.regimen.drug}: {words}")


def _sign(dose: Dose) -> tuple[str, str, str]:
    state = DoseState(dose.state)
    if state is DoseState.TAKEN:
        return ("✓", "late", _("taken, noted late")) if dose.is_late else ("✓", "taken", _("taken"))
    if state is DoseState.SKIPPED:
        return "–", "skipped", _("skipped")
    if state is DoseState.MISSED:
        return "✗", "missed", _("missed")
    if state is DoseState.MISSED_UNREACHED:
        return "?", "unknown", _("not known: no reminder arrived")
    return "○", "open", _("not answered yet")
