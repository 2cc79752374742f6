"""What planning made of the rows of many medicines, written in a few statements, with the first look at each dose."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Date, Insert, bindparam, exists, insert, literal, select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import DueWork, WorkKind
from companion.many_rows import insert_ready_rows, ready_rows
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.expressions import Among, Ids
from companion.reminders.planning.dose_rows import DoseRows, NewDose


def write_rows(session: Session, planned: Sequence[DoseRows]) -> None:
    """Writes them; the rows were loaded to `hold`, so that nobody was told of a dose meanwhile."""
    session.flush()
    _write_changed_looks(session, planned)
    new = [row for rows in planned for row in rows.new]
    if new:
        connection = session.connection()
        types = [Dose.__table__.c[name].type for name in NewDose._fields]
        ready = ready_rows(connection.dialect, types, new)
        written = insert_ready_rows(connection, Dose.__tablename__, NewDose._fields, ready)
        assert written == len(new), "who plans a medicine holds it: nobody else wrote its doses"
        medicines = sorted({row.regimen_id for row in new})
        connection.execute(_first_looks(), {"ids": medicines, "first": min(row.local_on for row in new)})


def _write_changed_looks(session: Session, planned: Sequence[DoseRows]) -> None:
    """Work belongs to its day: that of a dose of another day than before is made anew."""
    changed = [row for rows in planned for row in rows.changed]
    over = [row.id for row in changed if row.state == DoseState.CANCELLED]
    due_work.finish_many(session, WorkKind.DOSE, [row.id for rows in planned for row in rows.moved] + over)
    for row in changed:
        if row.state == DoseState.PLANNED:
            due_work.put_off(session, WorkKind.DOSE, row.id, row.due_at, due_on=row.local_on)


@cache
def _first_looks() -> Insert:
    """A look at every planned dose of these medicines, from that day on, that nobody would look at yet."""
    is_known = exists().where(
        DueWork.kind == WorkKind.DOSE.value, DueWork.subject_id == Dose.id, DueWork.due_on == Dose.local_on
    )
    unknown = select(literal(WorkKind.DOSE.value), Dose.id, Dose.local_on, Dose.due_at, literal(0)).where(
        Among(Dose.regimen_id, bindparam("ids", type_=Ids())),
        Dose.local_on >= bindparam("first", type_=Date()),
        Dose.state == DoseState.PLANNED.value,
        ~is_known,
    )
    return insert(DueWork).from_select(["kind", "subject_id", "due_on", "next_check_at", "generation"], unknown)
