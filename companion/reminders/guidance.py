"""What a patient may read about a missed dose: a text that a named clinician reviewed and stands for, or nothing.

Nothing here is computed from a dose: a text is about a medicine (or its class) taken so often a day, has a source, and
is shown as it was reviewed, until its review-by date. In every other case the patient is told to ask the clinic.
"""

import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from companion.care.medicine_names import is_named
from companion.care.people import Person, Role
from companion.care.regimens import DRUG_CLASSES, Regimen, in_force, must_check_first
from companion.errors import BadInput
from companion.reminders.doses.dose_state import MISSED, DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.guidance_models import About, Guidance, GuidanceReview
from companion.reminders.schedules.rule import Daily
from companion.reminders.schedules.rule_json import parse_rule

LONGEST = timedelta(days=731)
"""Leaflets change: nobody stands for a text for more than two years. A house rule."""
MOST_A_DAY = 12
CLASSES = tuple(name for name in DRUG_CLASSES if name != "other")
"""What a text can be about: "other" is no class whose medicines resemble each other."""


def draft(
    session: Session,
    *,
    by: Person,
    kind: str,
    name: str,
    doses_a_day: int,
    text_en: str,
    text_zh: str,
    source: str,
    now: datetime,
) -> Guidance:
    """A new version, which nobody is shown before its review. Raises BadInput naming the field."""
    _demand_clinician(by)
    name = " ".join(name.split())
    if kind not in set(About):
        raise BadInput(f"{kind!r} is not known", where="kind", advice=f"choose one of {', '.join(About)}")
    if kind == About.DRUG_CLASS and name not in CLASSES:
        raise BadInput(f"{name!r} is not known", where="name", advice=f"choose one of {', '.join(CLASSES)}")
    if not 1 <= doses_a_day <= MOST_A_DAY:
        raise BadInput(f"is not between 1 and {MOST_A_DAY}", where="doses_a_day")
    texts = {"name": (name, 80), "text_en": (text_en, 600), "text_zh": (text_zh, 600), "source": (source, 300)}
    for field, (text, longest) in texts.items():
        if not 1 <= len(text.strip()) <= longest:
            raise BadInput(f"is not between 1 and {longest} characters", where=field)
    guidance = Guidance(
        public_id=f"mg_{secrets.token_hex(6)}",
        kind=kind,
        name=name.casefold() if kind == About.DRUG else name,
        doses_a_day=doses_a_day,
        text_en=text_en.strip(),
        text_zh=text_zh.strip(),
        source=source.strip(),
        drafted_by=by.id,
        drafted_at=now,
        review=None,
    )
    guidance.number = _last_number(session, guidance) + 1
    session.add(guidance)
    session.flush()
    return guidance


def _last_number(session: Session, guidance: Guidance) -> int:
    same = (
        Guidance.kind == guidance.kind,
        Guidance.name == guidance.name,
        Guidance.doses_a_day == guidance.doses_a_day,
    )
    return session.scalar(select(func.max(Guidance.number)).where(*same)) or 0


def review(
    session: Session, guidance: Guidance, *, by: Person, review_by: date, today: date, now: datetime
) -> GuidanceReview:
    """`by` stands for this version in their own name until that day, included; patients are shown it from now on.

    Raises BadInput when `by` is no clinician, the version was reviewed or withdrawn, or the day cannot be.
    """
    _demand_clinician(by)
    if guidance.review is not None:
        raise BadInput("was reviewed already", where="guidance", advice="write a new version")
    if guidance.withdrawn_at is not None:
        raise BadInput("was withdrawn", where="guidance", advice="write a new version")
    if not today < review_by <= today + LONGEST:
        raise BadInput("is not within two years from now", where="review_by")
    guidance.review = GuidanceReview(clinician_id=by.id, reviewed_at=now, review_by=review_by)
    session.flush()
    return guidance.review


def withdraw(guidance: Guidance, *, by: Person, now: datetime) -> bool:
    """No patient is shown it any more, nor an older version. False when it was withdrawn before."""
    _demand_clinician(by)
    if guidance.withdrawn_at is not None:
        return False
    guidance.withdrawn_at, guidance.withdrawn_by = now, by.id
    return True


def _demand_clinician(by: Person) -> None:
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician says what to do about a missed dose", where="guidance")


def guidance_for(session: Session, dose: Dose, today: date, now: datetime) -> Guidance | None:
    """What may be shown beside that dose on the patient's day `today`; None: "ask the clinic".

    None also where a newer dose of the medicine is due, where the medicine was stopped, and where a change of it has
    to be read first: the text is about none of these.
    """
    regimen = dose.regimen
    if DoseState(dose.state) not in MISSED or regimen.stopped_at is not None or must_check_first(regimen):
        return None
    if _is_another_due(session, dose, now):
        return None
    times = doses_a_day(regimen, now)
    found = _newest_reviewed(session, regimen, times) if times else None
    return found if found and is_shown(found, today) else None


def is_shown(guidance: Guidance, today: date) -> bool:
    """Whether patients read this version on that day: reviewed, not withdrawn, not past its review-by date."""
    return guidance.review is not None and guidance.withdrawn_at is None and today <= guidance.review.review_by


def doses_a_day(regimen: Regimen, now: datetime) -> int | None:
    """How often a day it is taken; None where its rule is not the same every day."""
    revision = in_force(regimen, now)
    rule = parse_rule(revision.rule) if revision else None
    return len(rule.times) if isinstance(rule, Daily) else None


def _is_another_due(session: Session, dose: Dose, now: datetime) -> bool:
    later = exists().where(
        Dose.regimen_id == dose.regimen_id,
        Dose.due_at > dose.due_at,
        Dose.due_at <= now,
        Dose.state != DoseState.CANCELLED.value,
    )
    return bool(session.scalar(select(later)))


def _newest_reviewed(session: Session, regimen: Regimen, times: int) -> Guidance | None:
    """About the medicine itself before its class. The newest one decides: where it may not be shown, none may."""
    query = (
        select(Guidance)
        .join(GuidanceReview, GuidanceReview.guidance_id == Guidance.id)
        .where(Guidance.doses_a_day == times)
        .order_by(Guidance.number.desc())
    )
    reviewed = session.scalars(query).unique().all()
    by_drug = (g for g in reviewed if g.kind == About.DRUG and is_named(g.name, regimen.drug))
    by_class = (g for g in reviewed if g.kind == About.DRUG_CLASS and g.name == regimen.drug_class)
    return next(by_drug, None) or next(by_class, None)
