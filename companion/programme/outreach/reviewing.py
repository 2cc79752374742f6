"""A named doctor or pharmacist reads a tip and switches it on, or off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.care.regimens import Regimen
from companion.db import rows_changed
from companion.errors import BadInput
from companion.programme.outreach.tip_models import TipReview
from companion.programme.outreach.tips import Tip, faults

REVIEWERS = (Role.CLINICIAN, Role.PHARMACIST)
ONE_LOOK = 1
"""The subject of the due work: there is one look at all tips."""


@dataclass(frozen=True)
class Reviewed:
    """A tip and who stands for it now. `is_on`: for these very words."""

    tip: Tip
    review: TipReview | None
    reviewer: Person | None

    @property
    def is_on(self) -> bool:
        return self.review is not None and self.review.digest == self.tip.digest


def review(session: Session, tip: Tip, *, seen: str, by: Person, now: datetime) -> TipReview:
    """Switches it on. `seen`: the digest of the words that were read. Raises BadInput for anybody else, for other words
    than those that stand there now, and for what no tip may say."""
    if by.role not in REVIEWERS:
        raise BadInput("only a doctor or a pharmacist reviews a tip", where="tip")
    if seen != tip.digest:
        raise BadInput("has changed since it was read", where="tip", advice="read it again")
    for fault in faults(tip, medicines(session)):
        raise BadInput(fault, where="tip", advice="change its text in the file of tips")
    end(session, tip.key, by=by, now=now)
    made = TipReview(
        tip_key=tip.key,
        digest=tip.digest,
        content=tip.content,
        reviewed_by=by.id,
        reviewer_role=by.role,
        reviewed_at=now,
    )
    session.add(made)
    session.flush()
    due_work.put_off(session, WorkKind.TIPS, ONE_LOOK, now)
    return made


def end(session: Session, key: str, *, by: Person, now: datetime) -> bool:
    """Switches it off; what was sent stays where it was read. False when it was off."""
    standing = TipReview.tip_key == key, TipReview.ended_at.is_(None)
    ended = update(TipReview).where(*standing).values(ended_at=now, ended_by=by.id)
    return rows_changed(session.execute(ended)) > 0


def reviewed(session: Session, tips: Sequence[Tip]) -> list[Reviewed]:
    """Each tip of the file with its standing review."""
    rows = session.execute(
        select(TipReview, Person)
        .join(Person, Person.id == TipReview.reviewed_by)
        .where(TipReview.ended_at.is_(None))
        .order_by(TipReview.id)
    )
    standing = {made.tip_key: (made, reviewer) for made, reviewer in rows}
    return [Reviewed(tip, *standing.get(tip.key, (None, None))) for tip in tips]


def medicines(session: Session) -> list[str]:
    """What patients take here, by name."""
    return list(session.scalars(select(Regimen.drug).distinct().order_by(Regimen.drug)))
