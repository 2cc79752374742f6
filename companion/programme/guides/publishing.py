"""Who stands for a guide, until when patients are shown it, and how it goes from their pages.

A version is shown from its review to its review-by date, that day included; the day after it is not, whether or not
anybody does anything. The newest reviewed version alone decides: where it may not be shown, no older one is.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.care.people import Person, Role
from companion.errors import BadInput
from companion.programme.amount_words import amounts_in
from companion.programme.guides.models import Guide, GuideReview, GuideVersion
from companion.programme.guides.writing import demand_professional

LONGEST = timedelta(days=731)
"""Leaflets change: nobody stands for a text for more than two years. A house rule."""
SOON = timedelta(days=30)
"""So long before its last day a guide is named among those to look at again. A house rule."""


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


class State(StrEnum):
    DRAFT = "draft"
    SHOWN = "shown"
    SOON_OVER = "soon_over"  # shown, and its last day is near
    OVERDUE = "overdue"  # its last day is past: shown to nobody
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


def review(
    session: Session,
    version: GuideVersion,
    *,
    by: Person,
    review_by: date,
    today: date,
    now: datetime,
    quiz_digest: str | None = None,
) -> GuideReview:
    """`by` stands for this version in their own name until that day, and for the quiz of that digest with it; patients
    are shown it from now on.

    Raises BadInput for the author, for who is neither pharmacist nor doctor, for a pharmacist where the text speaks of
    how much to take, for a version reviewed or withdrawn already, and for a day that cannot be.
    """
    demand_professional(by)
    if by.id == version.drafted_by:
        raise BadInput(_("nobody reviews what they wrote themselves"), where="guide", advice=_("ask a colleague"))
    if version.review is not None or version.withdrawn_at is not None:
        raise BadInput(_("was reviewed or withdrawn already"), where="guide", advice=_("write a new version"))
    if not today < review_by <= today + LONGEST:
        raise BadInput(_("is not within two years from now"), where="review_by")
    if by.role == Role.PHARMACIST and needs_doctor(version):
        raise BadInput(_("speaks of how much to take"), where="guide", advice=_("a doctor has to review it"))
    version.review = GuideReview(
        version_id=version.id,
        author_id=version.drafted_by,
        reviewer_id=by.id,
        reviewer_role=by.role,
        reviewed_at=now,
        review_by=review_by,
        quiz_digest=quiz_digest,
    )
    session.flush()
    return version.review


def needs_doctor(version: GuideVersion) -> tuple[str, ...]:
    """The words in any of its texts for which a pharmacist may not release it."""
    texts = version.title_en, version.title_zh, version.text_en, version.text_zh, version.changed_en, version.changed_zh
    return amounts_in("\n".join(texts))


def withdraw(version: GuideVersion, *, by: Person, now: datetime) -> bool:
    """No patient is shown it any more, nor an older version. False when it was withdrawn before."""
    demand_professional(by)
    if version.withdrawn_at is not None:
        return False
    version.withdrawn_at, version.withdrawn_by = now, by.id
    return True


def newest_reviewed(session: Session, guide_ids: Collection[int]) -> list[GuideVersion]:
    """Of each guide the version that decides whether, and what, patients are shown."""
    newest = (
        select(GuideVersion.guide_id, func.max(GuideVersion.number).label("number"))
        .join(GuideReview, GuideReview.version_id == GuideVersion.id)
        .where(GuideVersion.guide_id.in_(guide_ids))
        .group_by(GuideVersion.guide_id)
        .subquery()
    )
    same = (GuideVersion.guide_id == newest.c.guide_id) & (GuideVersion.number == newest.c.number)
    return list(session.scalars(select(GuideVersion).join(newest, same).order_by(GuideVersion.id)).unique())


def is_shown(version: GuideVersion, today: date) -> bool:
    """Whether this one, if it is the newest reviewed, is on patients' pages on that day."""
    return version.review is not None and version.withdrawn_at is None and today <= version.review.review_by


def published(session: Session, guide_ids: Collection[int], today: date) -> list[GuideVersion]:
    """What patients are shown of those guides on that day: one version each, or none."""
    return [version for version in newest_reviewed(session, guide_ids) if is_shown(version, today)]


def find_published(session: Session, key: str, today: date) -> GuideVersion | None:
    """What patients are shown of the guide of that key."""
    guide_id = session.scalar(select(Guide.id).where(Guide.key == key))
    return next(iter(published(session, [guide_id], today)), None) if guide_id is not None else None


def state_of(version: GuideVersion, newest: Iterable[GuideVersion], today: date) -> State:
    """`newest`: what `newest_reviewed` says of its guide."""
    if version.withdrawn_at is not None:
        return State.WITHDRAWN
    if version.review is None:
        return State.DRAFT
    if version.id not in {each.id for each in newest}:
        return State.REPLACED
    if not is_shown(version, today):
        return State.OVERDUE
    return State.SOON_OVER if version.review.review_by - today < SOON else State.SHOWN
