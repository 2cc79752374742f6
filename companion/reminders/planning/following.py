"""Doses that follow what was really taken: the next one of a chain, and those linked to another medicine."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.regimens import Regimen, RegimenRevision, active_regimens, in_force
from companion.reminders.doses.dose_state import DoseState, window_ends_at
from companion.reminders.doses.models import Dose
from companion.reminders.planning.dose_rows import UNTOLD, DoseRows, Wanted
from companion.reminders.schedules import after_intake
from companion.reminders.schedules.after_intake import Earlier, whole_minute, whole_minute_after
from companion.reminders.schedules.course import Term, rests
from companion.reminders.schedules.rule import AfterTaken, Linked
from companion.reminders.schedules.schedule_models import RegimenPause

ONE_DAY = timedelta(days=1)
LATEST_ANSWER = timedelta(days=3)
"""An answer comes within two days of its dose; a day more for its window, and for a correction."""


def following(
    session: Session, rows: DoseRows, term: Term, pauses: Sequence[RegimenPause], now: datetime
) -> list[Wanted]:
    """What the rule in force now wants because of what was taken; nothing for rules of the calendar."""
    match term.schedule.rule:
        case AfterTaken() as rule:
            return _chain(session, rows, term, rule, pauses, now)
        case Linked() as rule:
            sources = _sources(session, rows.regimen, term.revision, rule, now)
            found = (_linked(rows, term, rule, pauses, source, now) for source in sources)
            return [wanted for wanted in found if wanted is not None]
    return []


def followers_of(session: Session, dose: Dose, now: datetime) -> list[Regimen]:
    """The medicines whose next dose depends on what becomes of this one."""
    mine = active_regimens(session, dose.patient_id)
    public_id = next((regimen.public_id for regimen in mine if regimen.id == dose.regimen_id), None)
    return [regimen for regimen in mine if _depends(in_force(regimen, now), regimen.id == dose.regimen_id, public_id)]


def _depends(held: RegimenRevision | None, is_own: bool, public_id: str | None) -> bool:
    if held is None:
        return False
    kind = held.rule["kind"]
    return (is_own and kind == "after_taken") or (kind == "linked" and held.rule.get("to") == public_id)


# A chain


def _chain(
    session: Session, rows: DoseRows, term: Term, rule: AfterTaken, pauses: Sequence[RegimenPause], now: datetime
) -> list[Wanted]:
    """The next dose; and the one after it where the next one's window went by before anybody looked. That one is
    missed, and the chain does not fall silent until planning comes round again."""
    last = _last_told(session, rows.regimen.id)
    wanted = _next_in_chain(rows, term, rule, pauses, last, now)
    if wanted is None:
        return []
    overdue = rows.planned_after(wanted.after_dose_id) if wanted.window_ends_at < now else None
    after = _next_in_chain(rows, term, rule, pauses, overdue, now) if overdue else None
    return [wanted] if after is None else [wanted, after]


def _next_in_chain(
    rows: DoseRows, term: Term, rule: AfterTaken, pauses: Sequence[RegimenPause], last: Dose | None, now: datetime
) -> Wanted | None:
    due_at = _begin(term) if last is None else after_intake.next_in_chain(rule, _as_earlier(last), now)
    if due_at is not None:
        planned = rows.planned_after(last.id if last else None)
        due_at = _after_rest(_not_past(whole_minute_after(due_at), planned, now), pauses, term.schedule.zone)
    if due_at is None:
        return None
    return _wanted(rows.regimen, term, due_at, due_at + rule.every, last.id if last else None)


def _begin(term: Term) -> datetime:
    assert term.revision.effective_at is not None, "a revision in force has taken effect"
    return after_intake.first_in_chain(term.schedule.start, term.schedule.zone, term.revision.effective_at)


def _last_told(session: Session, regimen_id: int) -> Dose | None:
    query = select(Dose).where(Dose.regimen_id == regimen_id, Dose.state.not_in(UNTOLD))
    return session.scalar(query.order_by(Dose.due_at.desc(), Dose.id.desc()).limit(1))


def _as_earlier(dose: Dose) -> Earlier:
    return Earlier(DoseState(dose.state), dose.due_at, dose.window_ends_at, taken_at(dose))


def taken_at(dose: Dose) -> datetime | None:
    """When it was taken: as the patient says, else when the answer came; None unless it was."""
    return (dose.taken_at or dose.answered_at) if dose.state == DoseState.TAKEN else None


def _not_past(due_at: datetime, planned: Dose | None, now: datetime) -> datetime:
    """A dose whose time went by while nobody knew is due now, and stays where it was put the first time."""
    if due_at >= now:
        return due_at
    if planned is not None and due_at <= planned.due_at <= now:
        return planned.due_at
    return max(due_at, whole_minute(now))


def _after_rest(due_at: datetime, pauses: Sequence[RegimenPause], zone: ZoneInfo) -> datetime | None:
    """The dose waits for the morning after the rest, or for the instant at which somebody ended it."""
    for pause in sorted(pauses, key=lambda each: each.from_on):
        if not rests([pause], due_at.astimezone(zone).date(), due_at):
            continue
        ends = [pause.ended_at] if pause.ended_at else []
        if pause.to_on is not None:
            ends.append(after_intake.first_in_chain(pause.to_on + ONE_DAY, zone, due_at))
        if not ends:
            return None
        due_at = min(ends)
    return due_at


# Linked to another medicine


def _sources(session: Session, regimen: Regimen, revision: RegimenRevision, rule: Linked, now: datetime) -> list[Dose]:
    """The doses of the other medicine that were taken since the rule holds, and whose follower nobody was told of."""
    assert revision.effective_at is not None, "a revision in force has taken effect"
    told = select(Dose.after_dose_id).where(
        Dose.regimen_id == regimen.id, Dose.after_dose_id.is_not(None), Dose.state.not_in(UNTOLD)
    )
    query = (
        select(Dose)
        .join(Regimen, Regimen.id == Dose.regimen_id)
        .where(
            Regimen.public_id == rule.to,
            Dose.state == DoseState.TAKEN.value,
            Dose.due_at >= now - LATEST_ANSWER - timedelta(minutes=rule.minutes),
            Dose.id.not_in(told),
        )
    )
    sources = session.scalars(query.order_by(Dose.due_at)).all()
    return [dose for dose in sources if (taken_at(dose) or dose.due_at) >= revision.effective_at]


def _linked(
    rows: DoseRows, term: Term, rule: Linked, pauses: Sequence[RegimenPause], source: Dose, now: datetime
) -> Wanted | None:
    taken = taken_at(source)
    assert taken is not None, "only doses that were taken have followers"
    wanted = _wanted(rows.regimen, term, whole_minute_after(after_intake.due_after(rule, taken)), None, source.id)
    if wanted is None or rests(pauses, wanted.local.date(), wanted.due_at):
        return None
    # Written down so late that its window is over: nobody is asked about it, and nobody hears that it was missed.
    return wanted if now <= wanted.window_ends_at or _is_planned(rows, wanted) else None


def _is_planned(rows: DoseRows, wanted: Wanted) -> bool:
    """Whether it was planned in time and nobody looked since: then it was missed, as any dose would be."""
    planned = rows.planned_after(wanted.after_dose_id)
    return planned is not None and planned.due_at == wanted.due_at


def _wanted(
    regimen: Regimen, term: Term, due_at: datetime, next_due_at: datetime | None, after_dose_id: int | None
) -> Wanted | None:
    on_the_wall = due_at.astimezone(term.schedule.zone)
    local = on_the_wall.replace(tzinfo=None, fold=0)
    if not term.schedule.covers(local.date()):
        return None
    return Wanted(
        revision_id=term.revision.id,
        local=local,
        due_at=due_at,
        window_ends_at=window_ends_at(due_at, regimen.grace_minutes, next_due_at),
        amount=term.revision.amount,
        is_second=on_the_wall.fold == 1,
        after_dose_id=after_dose_id,
    )
