"""Dose rows for the next days, from the revisions in force. Planning twice changes nothing; what a person was
told is never moved."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import DueWork, WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.care.tasks import TaskKind, add_task
from companion.clock import MILLISECOND, tzdata_version
from companion.reminders.course import Term, next_change_at, rests, terms_between
from companion.reminders.dose_rows import DoseRows, Wanted
from companion.reminders.dose_state import DoseState, window_ends_at
from companion.reminders.following import followers_of, following
from companion.reminders.models import Dose
from companion.reminders.rule import AfterTaken
from companion.reminders.rule_json import parse_rule
from companion.reminders.schedule_models import RegimenPause
from companion.reminders.spacing import keep_apart, min_gap
from companion.reminders.timetable import PlannedDose

PLAN_AGAIN_AFTER = timedelta(hours=12)
LOOK_AHEAD = timedelta(days=1)
"""How far past the horizon the next dose is looked for, because a window ends where the next dose begins."""


class Asked(NamedTuple):
    """Doses of the calendar over some days: to be reminded of, and to be asked about."""

    kept: list[tuple[Term, PlannedDose]]
    held: list[PlannedDose]


def plan_regimen(session: Session, regimen_id: int, now: datetime, ahead: timedelta) -> None:
    """Brings the dose rows of `regimen_id` up to now + ahead in line with the revisions in force then.

    New doses are planned from where planning stopped; rows still planned (nobody was told) follow a changed
    rule, amount, zone or pause, or are cancelled; all others stay.
    """
    # One plans a medicine at a time: an answer and the beat would write the same row twice.
    regimen = session.get_one(Regimen, regimen_id, with_for_update={"key_share": True})
    zone = session.scalars(select(Person.zone).where(Person.id == regimen.patient_id)).one()
    pauses = session.scalars(select(RegimenPause).where(RegimenPause.regimen_id == regimen_id)).all()
    until = now + ahead
    start = min(regimen.planned_until or now, now)
    rows = DoseRows(session, regimen, start)
    terms = terms_between(regimen, zone, start, until + LOOK_AHEAD)
    asked = asked_of(terms, rows)
    for dose in asked.held:
        if dose.due_at < until:
            _ask_about_collision(session, regimen, dose, now)
    for wanted in _wanted(regimen, asked.kept, pauses, until):
        rows.bring_in_line(wanted)
    held = next((term for term in terms if term.from_ <= now < term.to), None)
    for wanted in following(session, rows, held, pauses, now) if held else ():
        rows.bring_in_line(wanted)
    # A medicine stopped while nobody planned has no doses from its stop on, also those whose time has come since.
    since = min(now, regimen.stopped_at) if regimen.stopped_at else now + MILLISECOND
    rows.cancel_the_rest(since, held=[dose.local for dose in asked.held])
    rows.write()
    regimen.planned_until = until
    regimen.planned_with = tzdata_version()
    _look_again(session, regimen, held, now)


def plan_after_intake(session: Session, dose: Dose, now: datetime) -> None:
    """`dose` was answered, corrected or taken back: what follows it is planned, moved or cancelled at once, unless
    somebody was told of it."""
    session.flush()
    for regimen in followers_of(session, dose, now):
        plan_again(session, regimen, now)


def plan_again(session: Session, regimen: Regimen, now: datetime) -> None:
    """Brings in line at once what was planned already, and plans no further."""
    plan_regimen(session, regimen.id, now, max((regimen.planned_until or now) - now, timedelta(0)))


def plan_with_new_zones(session: Session, now: datetime) -> None:
    """Has every medicine planned anew that was planned by another release of the time zone data."""
    older = select(Regimen.id).where(
        Regimen.stopped_at.is_(None),
        or_(Regimen.planned_with.is_(None), Regimen.planned_with != tzdata_version()),
    )
    session.execute(
        update(DueWork)
        .where(DueWork.kind == WorkKind.PLAN.value, DueWork.subject_id.in_(older), DueWork.next_check_at > now)
        .values(next_check_at=now)
        .execution_options(synchronize_session=False)
    )


def asked_of(terms: Sequence[Term], rows: DoseRows) -> Asked:
    """What the calendar asks for that nobody was told of yet. Doses that the clocks or a journey brought too near to
    one another, or to one already told, are held back."""
    asked = Asked([], [])
    rules = {revision.id: parse_rule(revision.rule) for revision in rows.regimen.revisions}
    for term in terms:
        rule = term.schedule.rule
        gap = min_gap(rule)
        told = [row.due_at for row in rows.told if rules.get(row.revision_id) == rule]
        apart = keep_apart((dose for dose in term.doses() if not rows.is_told(dose.due_at, dose.local, gap)), told, gap)
        asked.kept.extend((term, dose) for dose in apart.kept)
        asked.held.extend(apart.held)
    return asked


def _wanted(
    regimen: Regimen, doses: Sequence[tuple[Term, PlannedDose]], pauses: Sequence[RegimenPause], until: datetime
) -> Iterator[Wanted]:
    for (term, dose), later in zip_longest(doses, doses[1:]):
        if dose.due_at < until:
            yield Wanted(
                revision_id=term.revision.id,
                local=dose.local,
                due_at=dose.due_at,
                window_ends_at=window_ends_at(dose.due_at, regimen.grace_minutes, later[1].due_at if later else None),
                amount=term.amount_of(dose),
                is_second=dose.note is None and dose.due_at.astimezone(term.schedule.zone).fold == 1,
                is_paused=rests(pauses, dose.local.date(), dose.due_at),
            )


def _ask_about_collision(session: Session, regimen: Regimen, dose: PlannedDose, now: datetime) -> None:
    """The clocks or a journey brought this dose too near to another one of the same medicine: nobody is reminded of
    two at once. It is held, and the clinic is asked what the patient is to take."""
    add_task(
        session,
        unique_key=f"doses_collide:{regimen.id}:{dose.local:%Y-%m-%dT%H:%M}",
        kind=TaskKind.DOSES_COLLIDE,
        patient_id=regimen.patient_id,
        now=now,
        due_at=dose.due_at,
        details={"regimen": regimen.public_id, "local": f"{dose.local:%Y-%m-%d %H:%M}"},
    )


def _look_again(session: Session, regimen: Regimen, held: Term | None, now: datetime) -> None:
    """The next planning: soon enough for the next revision, and for a chain that goes on where a dose was missed."""
    if regimen.stopped_at is not None and regimen.stopped_at <= now:
        due_work.finish(session, WorkKind.PLAN, regimen.id)
        return
    waits = [now + PLAN_AGAIN_AFTER, next_change_at(regimen, now)]
    if held is not None and isinstance(held.schedule.rule, AfterTaken):
        ends = select(func.min(Dose.window_ends_at)).where(Dose.regimen_id == regimen.id, Dose.window_ends_at >= now)
        window_ends = session.scalar(ends.where(Dose.state != DoseState.CANCELLED.value))
        waits.append(None if window_ends is None else window_ends + MILLISECOND)
    due_work.put_off(session, WorkKind.PLAN, regimen.id, min(at for at in waits if at is not None))
