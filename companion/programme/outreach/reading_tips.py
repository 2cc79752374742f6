"""What a patient was sent, opened, and said of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.errors import BadInput
from companion.programme.outreach.tip_models import Arm, TipAnswer, TipChosen, TipReview

MOST_SHOWN = 20


class SentTip(NamedTuple):
    """With the words as they were reviewed."""

    chosen: TipChosen
    content: dict[str, Any]


def sent_to(session: Session, patient_id: int) -> list[SentTip]:
    """The newest first. Nothing of what was held back."""
    query = (
        select(TipChosen, TipReview.content)
        .join(TipReview, TipReview.id == TipChosen.review_id)
        .where(TipChosen.patient_id == patient_id, TipChosen.arm == Arm.SENT.value)
        .order_by(TipChosen.id.desc())
        .limit(MOST_SHOWN)
    )
    return [SentTip(chosen, content) for chosen, content in session.execute(query)]


def note_opened(session: Session, patient_id: int, shown: Sequence[SentTip], now: datetime) -> int:
    """The first time counts; tells how many were new."""
    ids = [each.chosen.id for each in shown if each.chosen.opened_at is None]
    if not ids:
        return 0
    mine = TipChosen.patient_id == patient_id, TipChosen.id.in_(ids), TipChosen.opened_at.is_(None)
    return rows_changed(session.execute(update(TipChosen).where(*mine).values(opened_at=now)))


def answer(session: Session, patient_id: int, public_id: str, said: str, now: datetime) -> None:
    """The newest word counts. Raises BadInput for another word, and for a tip that the patient was not sent."""
    if said not in set(TipAnswer):
        raise BadInput(f"{said!r} is no answer", where="answer", advice=f"choose one of {', '.join(TipAnswer)}")
    mine = TipChosen.patient_id == patient_id, TipChosen.public_id == public_id, TipChosen.arm == Arm.SENT.value
    changed = update(TipChosen).where(*mine).values(answer=said, answered_at=now)
    if not rows_changed(session.execute(changed)):
        raise BadInput("there is no such tip", where="tip")
