"""What became of tips, counted: openings and answers, and the doses after them, which are handed to `programme`."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from companion.programme.outreach.tip_effect import OVER_DAYS, Followed, TipCounts
from companion.programme.outreach.tip_models import Arm, TipAnswer, TipChosen, TipEntry
from companion.reminders.adherence import COUNTED
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose

SPAN = timedelta(days=OVER_DAYS)


def entered(db: Session) -> dict[str, int]:
    """Everybody by part."""
    rows = db.execute(select(TipEntry.arm, func.count()).group_by(TipEntry.arm))
    return {row.arm: row[1] for row in rows}


def tip_counts(db: Session) -> list[TipCounts]:
    """Of people, not of messages: whoever got a tip twice counts once."""
    sent = select(TipChosen.tip_key, TipChosen.patient_id, TipChosen.opened_at, TipChosen.answer)
    of_key: defaultdict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for key, patient_id, opened_at, answer in db.execute(sent.where(TipChosen.arm == Arm.SENT.value)):
        found = of_key[key]
        found["people"].add(patient_id)
        if opened_at is not None:
            found["opened"].add(patient_id)
        if answer is not None:
            found[answer].add(patient_id)
    return [
        TipCounts(
            key,
            len(found["people"]),
            len(found["opened"]),
            len(found[TipAnswer.USEFUL]),
            len(found[TipAnswer.NOT_FOR_ME]),
        )
        for key, found in sorted(of_key.items())
    ]


def followed(db: Session, now: datetime) -> list[Followed]:
    """Everybody whose first tip, sent or held back, is longer ago than the span; and the doses due in it."""
    first = (
        select(TipChosen.patient_id, TipChosen.arm, func.min(TipChosen.chosen_at).label("since"))
        .group_by(TipChosen.patient_id, TipChosen.arm)
        .subquery()
    )
    starts = db.execute(select(first.c.patient_id, first.c.arm, first.c.since).where(first.c.since <= now - SPAN)).all()
    return [Followed(Arm(arm), *_doses(db, patient_id, since)) for patient_id, arm, since in starts]


def _doses(db: Session, patient_id: int, since: datetime) -> tuple[int, int]:
    """(taken, due)"""
    is_taken = case((Dose.state == DoseState.TAKEN.value, 1), else_=0)
    due = Dose.patient_id == patient_id, Dose.due_at > since, Dose.due_at <= since + SPAN
    query = select(func.coalesce(func.sum(is_taken), 0), func.count())
    taken, count = db.execute(query.where(*due, Dose.state.in_([state.value for state in COUNTED]))).one()
    return int(taken), int(count)
