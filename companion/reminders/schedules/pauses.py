"""A medicine rests for some days: a holiday, a stay in hospital. It is the doctor's act; a patient can ask for it.

Doses of the rest that nobody was told of are cancelled, and no rate counts them; what was told stays as it is.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.care.regimens import Regimen
from companion.care.tasks import TaskKind, add_task
from companion.clock import to_ms
from companion.errors import BadInput
from companion.reminders.schedules.schedule_models import PauseReason, RegimenPause
from companion.sealing.texts import seal_text

LONGEST = timedelta(days=366)
"""A medicine that rests for more than a year is stopped."""


def pause(
    session: Session,
    regimen: Regimen,
    *,
    by: Person,
    from_on: date,
    to_on: date | None,
    reason: PauseReason,
    note: str,
    today: date,
    now: datetime,
) -> RegimenPause:
    """The medicine rests from `from_on` to `to_on`, both included (None: until it is ended). `today`: the patient's.

    Raises BadInput when `by` is no clinician, the days cannot be, or the medicine rests then already.
    """
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician lets a medicine rest", where="pause", advice="ask the patient's doctor")
    _check_days(from_on, to_on, today)
    if any(_overlaps(other, from_on, to_on) for other in standing(session, regimen.id)):
        raise BadInput("rests then already", where="from_on", advice="end the other rest first")
    made = RegimenPause(
        regimen_id=regimen.id,
        from_on=from_on,
        to_on=to_on,
        reason=reason.value,
        note=seal_text(session, regimen.patient_id, RegimenPause.note, note.strip()[:200], now),
        made_by=by.id,
        made_at=now,
    )
    session.add(made)
    session.flush()
    due_work.put_off(session, WorkKind.PLAN, regimen.id, now)
    return made


def end_pause(session: Session, made: RegimenPause, *, by: Person, now: datetime) -> bool:
    """From now on the medicine is taken again. False when somebody ended the rest before."""
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician ends a rest", where="pause", advice="ask the patient's doctor")
    if made.ended_at is not None:
        return False
    made.ended_at, made.ended_by = now, by.id
    due_work.put_off(session, WorkKind.PLAN, made.regimen_id, now)
    return True


def pauses_of(session: Session, regimen_id: int) -> Sequence[RegimenPause]:
    """Every rest of the medicine there was or will be, by its first day."""
    return session.scalars(_PAUSES, {"regimen": regimen_id}).all()


_PAUSES = (
    select(RegimenPause)
    .where(RegimenPause.regimen_id == bindparam("regimen"))
    .order_by(RegimenPause.from_on, RegimenPause.id)
)


def standing(session: Session, regimen_id: int) -> list[RegimenPause]:
    """The rests that nobody ended."""
    return [pause for pause in pauses_of(session, regimen_id) if pause.ended_at is None]


def pause_now_or_to_come(session: Session, regimen_id: int, today: date) -> RegimenPause | None:
    """The rest under way, or else the next one."""
    return pauses_now_or_to_come(session, [regimen_id], today).get(regimen_id)


def pauses_now_or_to_come(session: Session, regimen_ids: Collection[int], today: date) -> dict[int, RegimenPause]:
    """The same by medicine, by one statement for all; none for those that do not rest."""
    coming = session.scalars(_COMING, {"regimens": list(regimen_ids), "today": today})
    return {pause.regimen_id: pause for pause in coming}


_COMING = (
    select(RegimenPause)
    .where(
        RegimenPause.regimen_id.in_(bindparam("regimens", expanding=True)),
        RegimenPause.ended_at.is_(None),
        RegimenPause.to_on.is_(None) | (RegimenPause.to_on >= bindparam("today")),
    )
    .order_by(RegimenPause.from_on.desc(), RegimenPause.id.desc())
)
"""The first one comes last, and so it stays."""


def ask_for_pause(
    session: Session,
    regimen: Regimen,
    *,
    from_on: date,
    to_on: date | None,
    reason: PauseReason,
    today: date,
    now: datetime,
) -> None:
    """The patient would like the medicine to rest: the clinic gets a task, and nothing changes until it decides."""
    _check_days(from_on, to_on, today)
    add_task(
        session,
        unique_key=f"pause_asked:{regimen.id}:{from_on}:{to_on}:{to_ms(now) // 60_000}",
        kind=TaskKind.PAUSE_ASKED,
        patient_id=regimen.patient_id,
        now=now,
        due_at=now + timedelta(days=1),
        details={
            "regimen": regimen.public_id,
            "from": from_on.isoformat(),
            "to": to_on.isoformat() if to_on else None,
            "reason": reason.value,
        },
    )


def _check_days(from_on: date, to_on: date | None, today: date) -> None:
    if from_on < today:
        raise BadInput("is past", where="from_on", advice="a rest begins today at the earliest: what was told stays")
    if to_on is not None and to_on < from_on:
        raise BadInput("before the first day", where="to_on", advice="the last day is on or after the first")
    if from_on - today > LONGEST or (to_on is not None and to_on - from_on > LONGEST):
        raise BadInput("more than a year", where="to_on", advice="stop the medicine instead")


def _overlaps(other: RegimenPause, from_on: date, to_on: date | None) -> bool:
    begins_before_ours_ends = to_on is None or other.from_on <= to_on
    return begins_before_ours_ends and (other.to_on is None or other.to_on >= from_on)
