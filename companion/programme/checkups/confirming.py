"""A clinician decides on a value of a report: it becomes a fact with its day, or is set aside."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.facts import FactKind, Source, note_fact
from companion.care.people import Person, Role
from companion.care.tasks import TaskKind, close_tasks
from companion.db import rows_changed
from companion.errors import BadInput
from companion.programme.checkups.checkup_models import Checkup, CheckupValue, ValueState


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


def decide(session: Session, value: CheckupValue, *, is_right: bool, by: Person, now: datetime) -> None:
    """Raises BadInput for one that was decided on already, and for anybody but a clinician. The last decision closes
    the task that asked for it."""
    if by.role != Role.CLINICIAN:
        raise BadInput(_("only a clinician decides on it"), where="value")
    patient = session.get_one(Person, value.patient_id, with_for_update={"key_share": True})
    session.refresh(value)
    if value.state != ValueState.WAITS:
        raise BadInput(_("was decided on already"), where="value", advice=_("look at the list again"))
    fact_id = _fact(session, patient, value, by, now) if is_right else None
    state = ValueState.CONFIRMED if is_right else ValueState.SET_ASIDE
    changed = session.execute(
        update(CheckupValue)
        .where(CheckupValue.id == value.id, CheckupValue.state == ValueState.WAITS.value)
        .values(state=state.value, decided_by=by.id, decided_at=now, fact_id=fact_id)
    )
    assert rows_changed(changed) == 1, "the patient's row is held"
    if not waiting_of(session, patient.id):
        close_tasks(session, patient.id, f"{TaskKind.CHECKUP.value}:{patient.id}", by.id, now)
    due_work.put_off(session, WorkKind.ASSESS, patient.id, now)
    audit.note(
        session,
        actor=by.public_id,
        action="checkup.confirmed" if is_right else "checkup.set_aside",
        now=now,
        patient=patient.public_id,
        value=value.public_id,
        kind=value.kind,
    )


def _fact(session: Session, patient: Person, value: CheckupValue, by: Person, now: datetime) -> int:
    """In the clinician's name, of the day on the report."""
    fact = note_fact(
        session,
        patient=patient,
        kind=FactKind(value.kind),
        value=value.value,
        measured_on=value.measured_on,
        noted_by=by,
        now=now,
        source=Source.LAB,
        typed=value.told[:40],
    )
    return fact.id


def find_value(session: Session, public_id: str) -> CheckupValue | None:
    return session.scalar(select(CheckupValue).where(CheckupValue.public_id == public_id))


def find_report(session: Session, public_id: str) -> Checkup | None:
    return session.scalar(select(Checkup).where(Checkup.public_id == public_id))


def waiting_of(session: Session, patient_id: int) -> Sequence[CheckupValue]:
    """What nobody has decided on, the oldest day first."""
    waits = CheckupValue.patient_id == patient_id, CheckupValue.state == ValueState.WAITS.value
    query = select(CheckupValue).where(*waits).order_by(CheckupValue.measured_on, CheckupValue.id)
    return session.scalars(query).all()


def reports_of(session: Session, patient_id: int) -> Sequence[Checkup]:
    """The newest first."""
    query = select(Checkup).where(Checkup.patient_id == patient_id)
    return session.scalars(query.order_by(Checkup.id.desc())).all()


def values_of(session: Session, reports: Sequence[Checkup]) -> dict[int, list[CheckupValue]]:
    """By the number of the report."""
    query = select(CheckupValue).where(CheckupValue.checkup_id.in_([report.id for report in reports]))
    found: dict[int, list[CheckupValue]] = {report.id: [] for report in reports}
    for value in session.scalars(query.order_by(CheckupValue.id)):
        found[value.checkup_id].append(value)
    return found
