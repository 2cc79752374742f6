"""Dose rows for the next days, from the revisions in force. Planning twice changes nothing; what a person was
told is never moved."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple

from sqlalchemy import literal, or_, select, update
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from companion.care import due_work
from companion.care.due_work import DueWork, WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision
from companion.care.tasks import TaskKind, add_task
from companion.clock import MILLISECOND, tzdata_version
from companion.reminders.doses.dose_state import window_ends_at
from companion.reminders.doses.models import Dose
from companion.reminders.expressions import Among, Ids
from companion.reminders.planning.dose_rows import DoseRows, Wanted, load_rows
from companion.reminders.planning.dose_writes import write_rows
from companion.reminders.planning.following import followers_of, following
from companion.reminders.schedules.course import Term, next_change_at, rests, rule_of, terms_between
from companion.reminders.schedules.rule import AfterTaken, Rule
from companion.reminders.schedules.schedule_models import RegimenPause
from companion.reminders.schedules.spacing import Apart, keep_apart, min_gap
from companion.reminders.schedules.timetable import PlannedDose

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
    _plan_held(session, [regimen], now, ahead)
    session.refresh(regimen, ["planned_until", "planned_with"])


def plan_free(session: Session, regimen_ids: Collection[int], now: datetime, ahead: timedelta) -> set[int]:
    """`plan_regimen` for many in a few statements. Tells which it planned: those somebody else holds are left."""
    mine = select(Regimen).where(Among(Regimen.id, literal(list(regimen_ids), Ids()))).order_by(Regimen.id)
    plain = mine.options(lazyload(Regimen.revisions)).with_for_update(key_share=True, skip_locked=True)
    regimens = session.scalars(plain).all()
    if regimens:
        _load_revisions(session, regimens)
        _plan_held(session, regimens, now, ahead)
    return {regimen.id for regimen in regimens}


def _load_revisions(session: Session, regimens: Sequence[Regimen]) -> None:
    """Of all in one statement with one parameter: naming each medicine, as the relation does, costs more."""
    by_regimen: defaultdict[int, list[RegimenRevision]] = defaultdict(list)
    ids = literal([regimen.id for regimen in regimens], Ids())
    theirs = select(RegimenRevision).where(Among(RegimenRevision.regimen_id, ids)).order_by(RegimenRevision.number)
    for revision in session.scalars(theirs):
        by_regimen[revision.regimen_id].append(revision)
    for regimen in regimens:
        set_committed_value(regimen, "revisions", by_regimen[regimen.id])


def _plan_held(session: Session, regimens: Sequence[Regimen], now: datetime, ahead: timedelta) -> None:
    """Plans medicines that are ours until the end of the transaction."""
    ids = [regimen.id for regimen in regimens]
    # Before anything else is read: who changes something from here on and asks for planning is not put off.
    seen = due_work.generations_of(session, WorkKind.PLAN, ids)
    known = _load(session, regimens, now)
    looks: list[tuple[int, datetime]] = []
    for regimen in regimens:
        look_at = _bring_in_line(session, known, regimen, now, now + ahead)
        if look_at is None:
            due_work.finish(session, WorkKind.PLAN, regimen.id, seen.get(regimen.id))
        else:
            looks.append((regimen.id, look_at))
    write_rows(session, list(known.rows.values()))
    _note_planned(session, regimens, now + ahead)
    due_work.put_off_unless_asked(session, WorkKind.PLAN, looks, seen)


def _note_planned(session: Session, regimens: Sequence[Regimen], until: datetime) -> None:
    mine = update(Regimen).where(Among(Regimen.id, literal([regimen.id for regimen in regimens], Ids())))
    noted = mine.values(planned_until=until, planned_with=tzdata_version())
    session.execute(noted.execution_options(synchronize_session=False))


class _Known(NamedTuple):
    """What planning goes by, by medicine."""

    zones: Mapping[int, str]
    pauses: Mapping[int, Sequence[RegimenPause]]
    rows: Mapping[int, DoseRows]


def _load(session: Session, regimens: Sequence[Regimen], now: datetime) -> _Known:
    ids = literal([regimen.id for regimen in regimens], Ids())
    of_patients = select(Regimen.id, Person.zone).join(Person, Person.id == Regimen.patient_id)
    pauses: defaultdict[int, list[RegimenPause]] = defaultdict(list)
    for pause in session.scalars(select(RegimenPause).where(Among(RegimenPause.regimen_id, ids))):
        pauses[pause.regimen_id].append(pause)
    rows = load_rows(session, {regimen.id: _start_of(regimen, now) for regimen in regimens}, hold=True)
    return _Known(
        {row.id: row.zone for row in session.execute(of_patients.where(Among(Regimen.id, ids)))},
        pauses,
        {regimen.id: DoseRows(regimen, rows.get(regimen.id, ())) for regimen in regimens},
    )


def _start_of(regimen: Regimen, now: datetime) -> datetime:
    """From where on doses are planned: where planning stopped, if nobody planned for long."""
    return min(regimen.planned_until or now, now)


def _bring_in_line(
    session: Session, known: _Known, regimen: Regimen, now: datetime, until: datetime
) -> datetime | None:
    """Makes the rows what the medicine wants now. Tells when to look again; None: it is over."""
    rows, pauses = known.rows[regimen.id], known.pauses.get(regimen.id, ())
    terms = terms_between(regimen, known.zones[regimen.id], _start_of(regimen, now), until + LOOK_AHEAD)
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
    return _next_look(rows, held, now)


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
    one another, or that anything brought too near to one already told, are held back."""
    asked = Asked([], [])
    rules = {revision.id: rule_of(revision) for revision in rows.regimen.revisions} if rows.told else {}
    for term in terms:
        apart = _apart_from_told(term, rows, rules) if rows.told else term.apart()
        asked.kept.extend([(term, dose) for dose in apart.kept])
        asked.held.extend(apart.held)
    return asked


def _apart_from_told(term: Term, rows: DoseRows, rules: Mapping[int, Rule]) -> Apart:
    gap = min_gap(term.schedule.rule)
    # A doctor's new times may come near a dose of the old ones, which was told: the smaller distance of the two counts.
    told = [(row.due_at, min(gap, min_gap(rules[row.revision_id]))) for row in rows.told]
    return keep_apart((dose for dose in term.doses() if not rows.is_told(dose.due_at, dose.local, gap)), told, gap)


def _wanted(
    regimen: Regimen, doses: Sequence[tuple[Term, PlannedDose]], pauses: Sequence[RegimenPause], until: datetime
) -> Iterator[Wanted]:
    grace = regimen.grace_minutes
    for (term, dose), later in zip_longest(doses, doses[1:]):
        if dose.due_at < until:
            yield Wanted(
                revision_id=term.revision.id,
                local=dose.local,
                due_at=dose.due_at,
                window_ends_at=window_ends_at(dose.due_at, grace, later[1].due_at if later else None),
                amount=term.amount_of(dose),
                is_second=dose.note is None and dose.due_at.astimezone(term.schedule.zone).fold == 1,
                is_paused=rests(pauses, dose.local.date(), dose.due_at),
            )


def _ask_about_collision(session: Session, regimen: Regimen, dose: PlannedDose, now: datetime) -> None:
    """The clocks, a journey or new times brought this dose too near to another one of the same medicine: nobody is
    reminded of two at once. It is held, and the clinic is asked what the patient is to take."""
    add_task(
        session,
        unique_key=f"doses_collide:{regimen.id}:{dose.local:%Y-%m-%dT%H:%M}",
        kind=TaskKind.DOSES_COLLIDE,
        patient_id=regimen.patient_id,
        now=now,
        due_at=dose.due_at,
        details={"regimen": regimen.public_id, "local": f"{dose.local:%Y-%m-%d %H:%M}"},
    )


def _next_look(rows: DoseRows, held: Term | None, now: datetime) -> datetime | None:
    """The next planning: soon enough for the next revision, and for a chain that goes on where a dose was missed.
    None: the medicine was stopped."""
    regimen = rows.regimen
    if regimen.stopped_at is not None and regimen.stopped_at <= now:
        return None
    waits = [now + PLAN_AGAIN_AFTER, next_change_at(regimen, now)]
    if held is not None and isinstance(held.schedule.rule, AfterTaken):
        window_ends = min((end for end in rows.window_ends() if end >= now), default=None)
        waits.append(None if window_ends is None else window_ends + MILLISECOND)
    return min(at for at in waits if at is not None)
