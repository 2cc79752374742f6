"""The look at tips: who agreed comes into one of the two parts, and what is due is noted and put in the outbox."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.db import reading, writing
from companion.many_rows import insert_rows
from companion.messages.models import Purpose
from companion.messages.outbox import NewMessage, enqueue_many
from companion.messages.wording.programme import About
from companion.programme.outreach.choosing import Due, agreed, due_tips
from companion.programme.outreach.reviewing import ONE_LOOK, Reviewed, reviewed
from companion.programme.outreach.tip_models import Arm, TipChosen, TipEntry
from companion.programme.outreach.tips import Tip
from companion.splitting import part_of

LOOK_EVERY = timedelta(hours=1)
AT_ONCE = 5_000
"""Tips a look: the outbox has other things to send."""
VALID_FOR = timedelta(hours=48)
HOLDOUT = "tips-holdout-1"
SHARES = {Arm.SENT.value: 9, Arm.HELD_OUT.value: 1}
"""One of ten gets no tips, so that it can be said what tips do. Nothing else is held back from anybody."""


def send_tips(engine: Engine, tips: Sequence[Tip], now: datetime) -> int:
    """One turn; tells at how many looks (one, or none while it is not due)."""
    return due_work.one_by_one(engine, WorkKind.TIPS, now, 1, lambda _one: _look(engine, tips, now))


def _look(engine: Engine, tips: Sequence[Tip], now: datetime) -> None:
    """Read first: of a large clinic that takes a second, in which others have to write. Nothing is looked for any more
    while no tip is on; a review begins it again."""
    _enter(engine, now)
    with reading(engine) as session:
        on = [each for each in reviewed(session, tips) if each.is_on]
        due = due_tips(session, [each.tip for each in on], now, AT_ONCE)
    with writing(engine) as session:
        if not on:
            due_work.finish(session, WorkKind.TIPS, ONE_LOOK)
            return
        keep(session, on, due, now)
        due_work.put_off(session, WorkKind.TIPS, ONE_LOOK, now + LOOK_EVERY)


def _enter(engine: Engine, now: datetime) -> None:
    """Whoever agreed since comes into their part, and stays there."""
    with reading(engine) as session:
        query = select(Person.id, Person.public_id).where(Person.id.in_(agreed()), Person.left_at.is_(None))
        new = session.execute(query.where(Person.id.not_in(select(TipEntry.patient_id)))).all()
    if new:
        rows = [(patient_id, part_of(HOLDOUT, public_id, SHARES), now) for patient_id, public_id in new]
        columns = ("patient_id", "arm", "entered_at")
        with writing(engine) as session:
            insert_rows(session.connection(), TipEntry.__table__, columns, rows, known_by="patient_id")


def keep(session: Session, on: Sequence[Reviewed], due: Sequence[Due], now: datetime) -> None:
    """Notes every tip that was chosen, and puts those in the outbox that are not held out."""
    rows, messages = [], []
    for each in due:
        tip, review = on[each.place].tip, on[each.place].review
        assert review is not None, "only tips that are on are chosen"
        chosen = f"tp_{secrets.token_hex(8)}"
        rows.append((chosen, each.patient_id, review.id, tip.key, tip.subject, each.arm.value, now))
        if each.arm is Arm.SENT:
            messages.append(_message(chosen, each.patient_id, now))
    columns = ("public_id", "patient_id", "review_id", "tip_key", "subject", "arm", "chosen_at")
    insert_rows(session.connection(), TipChosen.__table__, columns, rows)
    enqueue_many(session, messages, now)


def _message(chosen: str, patient_id: int, now: datetime) -> NewMessage:
    return NewMessage(
        unique_key=f"tip:{chosen}",
        purpose=Purpose.PROGRAMME,
        recipient_id=patient_id,
        patient_id=patient_id,
        params={"about": About.TIP.value, "id": chosen},
        expires_at=now + VALID_FOR,
    )
