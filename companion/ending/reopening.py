"""Care was ended by mistake: it is taken up again within thirty days. Nothing is sent late, and no plan runs by
itself: a doctor looks first."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import audit, due_work
from companion.care.consent import CareLink, Scope
from companion.care.due_work import WorkKind
from companion.care.endings import CareEnding, last_ending, may_reopen
from companion.care.people import Person, Role
from companion.care.regimens import Regimen
from companion.care.tasks import TaskKind, add_task, close_tasks
from companion.clock import to_ms
from companion.errors import BadInput
from companion.reminders.telling.daily_digest import schedule

LOOK_WITHIN = timedelta(days=1)
"""By when a doctor looks at the medicines and plans of who is back. A house rule."""
NOT_COPIED = {"id", "starts_at", "ends_at"}


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


def reopen(session: Session, person: Person, *, by: str, now: datetime) -> CareEnding:
    """They are with the service again. Medicines are reminded of from now on; doses, messages and alerts of the time
    between stay what they are. Who could see them can again, by new links under the consent of then. Plans, hubs,
    calendar feeds and sign-ins stay ended, and a doctor is asked to look. Raises BadInput."""
    session.refresh(person, with_for_update={"key_share": True})
    ending = last_ending(session, person.id)
    if ending is None or person.left_at is None or not may_reopen(ending, now):
        raise BadInput(_("cannot be taken up again"), where="person", advice=_("enrol them anew"))
    person.left_at = None
    ending.reopened_at, ending.reopened_by = now, by[:20]
    _open_links(session, ending, now)
    if person.role == Role.PATIENT:
        _remind_again(session, ending, now)
        _ask_doctor(session, person, now)
    session.flush()
    patient = person.public_id if person.role == Role.PATIENT else None
    audit.note(session, actor=by, action="reopened_care", now=now, patient=patient, person=person.public_id)
    return ending


def find_left(session: Session, public_id: str) -> Person:
    """Whoever has that id and is not with the service any more. Raises BadInput."""
    person = session.scalar(select(Person).where(Person.public_id == public_id, Person.left_at.is_not(None)))
    if person is None:
        raise BadInput(f"nobody who left is {public_id!r}", where="--person", advice="see `companion people list`")
    return person


def _open_links(session: Session, ending: CareEnding, now: datetime) -> None:
    """A copy of each link that the ending ended, from now on; those of people who went meanwhile stay ended."""
    until = {int(link_id): end and datetime.fromisoformat(end) for link_id, end in ending.stopped["links"].items()}
    ended = select(CareLink).where(CareLink.id.in_(until)).order_by(CareLink.id)
    for old in session.scalars(ended).all():
        ends_at = until[old.id]
        if not _both_are_here(session, old) or (ends_at is not None and ends_at <= now):
            continue
        columns = [column.key for column in CareLink.__mapper__.column_attrs if column.key not in NOT_COPIED]
        new = CareLink(starts_at=now, ends_at=ends_at, **{name: getattr(old, name) for name in columns})
        session.add(new)
        session.flush()
        if new.scope == Scope.MISSED_DOSES:
            schedule(session, new, now)


def _both_are_here(session: Session, link: CareLink) -> bool:
    return all(session.get_one(Person, side).left_at is None for side in (link.patient_id, link.member_id))


def _remind_again(session: Session, ending: CareEnding, now: datetime) -> None:
    """Planned from now on: what would have been due meanwhile is nobody's dose."""
    stopped = Regimen.id.in_(ending.stopped["medicines"]), Regimen.stopped_at == ending.ended_at
    for regimen in session.scalars(select(Regimen).where(*stopped).order_by(Regimen.id)):
        regimen.stopped_at, regimen.planned_until = None, now
        due_work.put_off(session, WorkKind.PLAN, regimen.id, now)
        due_work.put_off(session, WorkKind.REFILL, regimen.id, now)


def _ask_doctor(session: Session, patient: Person, now: datetime) -> None:
    """And nobody calls the family any more."""
    close_tasks(session, patient.id, TaskKind.CALL_FAMILY.value + f":{patient.id}", None, now)
    add_task(
        session,
        unique_key=f"{TaskKind.CARE_REOPENED.value}:{patient.id}:{to_ms(now)}",
        kind=TaskKind.CARE_REOPENED,
        patient_id=patient.id,
        now=now,
        due_at=now + LOOK_WITHIN,
    )
