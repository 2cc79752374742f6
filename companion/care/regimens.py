"""Medicines as prescribed: a regimen and its revisions. A revision is always a named clinician's act."""

import secrets
from collections.abc import Collection
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    UniqueConstraint,
    bindparam,
    exists,
    select,
)
from sqlalchemy.orm import Mapped, Session, aliased, joinedload, mapped_column, relationship

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.db import Base, RowId
from companion.errors import BadInput
from companion.sealing.texts import SealedText, seal_text

DEFAULT_GRACE_MINUTES = 60
"""How long after its time a dose may still be answered before it counts as missed; per medicine."""
DEFAULT_NAG_MINUTES = 20
"""How long after a reminder it is repeated, for a medicine whose reminders are repeated. A house rule."""

DRUG_CLASSES = (
    "basal_insulin", "rapid_insulin", "premix_insulin_bid", "metformin", "sulfonylurea", "sglt2i", "dpp4i", "glp1ra",
    "acei", "arb", "dhp_ccb", "thiazide", "thiazide_like", "beta_blocker", "mra", "alpha_blocker", "statin", "other",
)  # fmt: skip
UNITS = ("U", "mg", "tablet", "ml", "puff", "drop")
FOOD = ("", "before", "with", "after")


class Regimen(Base):
    """One medicine of one patient. What is taken, and when, stands in its revisions."""

    __tablename__ = "regimen"
    __table_args__ = (
        CheckConstraint("grace_minutes BETWEEN 5 AND 720", name="grace"),
        CheckConstraint("nag_minutes BETWEEN 5 AND 240", name="nag_minutes"),
        CheckConstraint("nag_times BETWEEN 0 AND 10", name="nag_times"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    drug: Mapped[str] = mapped_column(String(80))
    drug_class: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(12))
    food: Mapped[str] = mapped_column(String(8), default="")
    grace_minutes: Mapped[int] = mapped_column(default=DEFAULT_GRACE_MINUTES)
    is_critical: Mapped[bool] = mapped_column(default=False)
    nag_minutes: Mapped[int] = mapped_column(default=DEFAULT_NAG_MINUTES, server_default="20")
    nag_times: Mapped[int] = mapped_column(default=0, server_default="0")
    """An unanswered reminder is repeated so often, so many minutes apart, while the dose can be answered."""
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    planned_until: Mapped[datetime | None]
    """Up to where dose rows exist: after a long stop of the service, planning goes on from here and skips none."""
    planned_with: Mapped[str | None] = mapped_column(String(12))
    """The release of the time zone data by which it was planned last."""

    revisions: Mapped[list["RegimenRevision"]] = relationship(order_by="RegimenRevision.number", lazy="selectin")


class RegimenRevision(Base):
    """What is taken from `effective_at` on. Without `effective_at` it waits for the patient to confirm it.

    The foreign key on (clinician_id, clinician_role) makes the database refuse a revision by anybody who is
    not a clinician; the amount of a revision never changes (a trigger says so).
    """

    __tablename__ = "regimen_revision"
    __table_args__ = (
        UniqueConstraint("regimen_id", "number"),
        CheckConstraint("clinician_role = 'clinician'", name="by_clinician"),
        ForeignKeyConstraint(["clinician_id", "clinician_role"], ["person.id", "person.role"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    regimen_id: Mapped[int] = mapped_column(ForeignKey("regimen.id"))
    number: Mapped[int]
    amount: Mapped[Decimal]
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    start_on: Mapped[date]
    end_on: Mapped[date | None]
    clinician_id: Mapped[int]
    clinician_role: Mapped[str] = mapped_column(String(10), default=Role.CLINICIAN.value)
    made_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(
        SealedText("regimen_revision.reason", whose="clinician_id", was=400, is_history=True)
    )
    review_id: Mapped[int | None] = mapped_column(ForeignKey("review.id", use_alter=True), unique=True)
    effective_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    """When the patient said rightly what it is, and from when (companion.care.change_answers)."""
    read_at: Mapped[datetime | None]
    """When the patient was first shown it."""
    withdrawn_at: Mapped[datetime | None]
    """When a doctor took it back: it never holds if it did not by then; else it holds until another is prescribed."""
    withdrawal_id: Mapped[int | None] = mapped_column(
        ForeignKey("withdrawal.review_id", use_alter=True, name="fk_regimen_revision_withdrawal_id_withdrawal")
    )
    """The withdrawal that it carries out."""

    @property
    def asks_patient(self) -> bool:
        """Whether the patient has to say it back: what followed from an approval, or from taking one back."""
        return self.review_id is not None or self.withdrawal_id is not None


def add_regimen(
    session: Session,
    *,
    patient: Person,
    drug: str,
    drug_class: str,
    unit: str,
    now: datetime,
    food: str = "",
    grace_minutes: int = DEFAULT_GRACE_MINUTES,
    is_critical: bool = False,
    nag_minutes: int = DEFAULT_NAG_MINUTES,
    nag_times: int = 0,
    public_id: str | None = None,
) -> Regimen:
    """A medicine without a dose yet; the first `revise` gives it one. Raises BadInput naming the field."""
    drug = " ".join(drug.split())
    if not 1 <= len(drug) <= 80:
        raise BadInput("a medicine has a name", where="drug", advice="write 1 to 80 characters")
    for value, choices, field in (
        (drug_class, DRUG_CLASSES, "drug_class"),
        (unit, UNITS, "unit"),
        (food, FOOD, "food"),
    ):
        if value not in choices:
            raise BadInput(
                f"{value!r} is not known",
                where=field,
                advice=f"choose one of {', '.join(filter(None, choices))}",
            )
    if not 5 <= grace_minutes <= 720:
        raise BadInput("is not between 5 and 720 minutes", where="grace_minutes")
    check_nagging(nag_minutes, nag_times)
    regimen = Regimen(
        public_id=public_id or f"rg_{secrets.token_hex(6)}",
        patient_id=patient.id,
        drug=drug,
        drug_class=drug_class,
        unit=unit,
        food=food,
        grace_minutes=grace_minutes,
        is_critical=is_critical,
        nag_minutes=nag_minutes,
        nag_times=nag_times,
        created_at=now,
        revisions=[],
    )
    session.add(regimen)
    session.flush()
    return regimen


def check_nagging(nag_minutes: int, nag_times: int) -> None:
    """Raises BadInput naming the field."""
    if not 5 <= nag_minutes <= 240:
        raise BadInput("is not between 5 and 240 minutes", where="nag_minutes")
    if not 0 <= nag_times <= 10:
        raise BadInput("is not between 0 and 10 times", where="nag_times")


def set_nagging(regimen: Regimen, nag_minutes: int, nag_times: int) -> None:
    """How unanswered reminders of the medicine are repeated from now on. Raises BadInput."""
    check_nagging(nag_minutes, nag_times)
    regimen.nag_minutes, regimen.nag_times = nag_minutes, nag_times


def revise(
    session: Session,
    regimen: Regimen,
    *,
    by: Person,
    amount: Decimal,
    rule: dict[str, Any],
    start_on: date,
    end_on: date | None,
    reason: str,
    now: datetime,
    effective_at: datetime | None,
    review_id: int | None = None,
    withdrawal_id: int | None = None,
) -> RegimenRevision:
    """The one way a dose changes: a new revision in a clinician's name.

    `rule` is a timetable rule (already checked by reminders.schedules.rule). `effective_at` None means: not before the
    patient has confirmed it. What follows from a review or a withdrawal is said back by the patient, and looked at
    until then. Raises BadInput when `by` is not a clinician or the amount is no amount.
    """
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician changes a dose", where="regimen", advice="ask the patient's doctor")
    if not (amount.is_finite() and Decimal(0) <= amount <= Decimal(100000)):
        raise BadInput(f"{amount} is not an amount", where="amount", advice="write a number, 0 or above")
    if end_on is not None and end_on < start_on:
        raise BadInput("ends before it starts", where="end_on")
    if not reason.strip():
        raise BadInput("a reason is needed", where="reason", advice="write in a few words why")
    revision = RegimenRevision(
        regimen_id=regimen.id,
        number=len(regimen.revisions) + 1,
        amount=amount,
        rule=rule,
        start_on=start_on,
        end_on=end_on,
        clinician_id=by.id,
        made_at=now,
        reason=seal_text(session, by.id, RegimenRevision.reason, reason.strip()[:400], now),
        review_id=review_id,
        withdrawal_id=withdrawal_id,
        effective_at=effective_at,
    )
    regimen.revisions.append(revision)
    session.flush()
    if revision.asks_patient:
        due_work.put_off(session, WorkKind.CHANGE, revision.id, now)
    return revision


def in_effect_from(regimen: Regimen, start_on: date, zone: ZoneInfo, now: datetime) -> datetime:
    """When a revision made now begins to hold: with the local midnight of `start_on`. A medicine entered for the
    first time may have been taken for long; a change never reaches back."""
    midnight = datetime.combine(start_on, time.min, zone).astimezone(now.tzinfo)
    return max(now, midnight) if regimen.revisions else midnight


def in_force(regimen: Regimen, at: datetime) -> RegimenRevision | None:
    """The revision that holds at that instant: the latest made of those already in effect."""
    held = [r for r in regimen.revisions if r.effective_at is not None and r.effective_at <= at]
    return max(held, key=lambda r: r.number, default=None)


def coming_change(regimen: Regimen, now: datetime) -> RegimenRevision | None:
    """The revision that is written down and begins to hold on a day to come, and none made since replaces it."""
    newest = regimen.revisions[-1] if regimen.revisions else None
    return newest if newest and newest.effective_at is not None and newest.effective_at > now else None


def awaiting_confirmation(regimen: Regimen) -> RegimenRevision | None:
    """The newest revision, if the patient has yet to confirm it (an approved change; the editor's need none)."""
    newest = newest_standing(regimen)
    is_open = newest is not None and newest.asks_patient and newest.confirmed_at is None
    return newest if newest and is_open and newest.withdrawn_at is None else None


def is_in_doubt(regimen: Regimen) -> bool:
    """Whether a doctor took back the change that holds, and nobody has prescribed anew since."""
    newest = newest_standing(regimen)
    return newest is not None and newest.withdrawn_at is not None


def must_check_first(regimen: Regimen) -> bool:
    """Whether nobody may be told an amount of it: a change waits for the patient, or the doctor's next word."""
    return awaiting_confirmation(regimen) is not None or is_in_doubt(regimen)


def newest_standing(regimen: Regimen) -> RegimenRevision | None:
    """What was taken back before it ever held is as if it had never been."""
    standing = [r for r in regimen.revisions if r.withdrawn_at is None or r.effective_at is not None]
    return standing[-1] if standing else None


def amount_before(regimen: Regimen, revision: RegimenRevision) -> Decimal | None:
    """The amount that held when the revision was made; None for the first one."""
    older = [r for r in regimen.revisions if r.number < revision.number]
    held = [r for r in older if r.effective_at is not None and r.effective_at <= revision.made_at]
    return held[-1].amount if held else None


def to_check_first_among(session: Session, regimen_ids: Collection[int]) -> set[int]:
    """Those of the medicines for which `must_check_first` holds, by one statement."""
    newer = aliased(RegimenRevision)
    is_newest = ~exists().where(
        newer.regimen_id == RegimenRevision.regimen_id, newer.number > RegimenRevision.number, _stands(newer)
    )
    asks = RegimenRevision.review_id.is_not(None) | RegimenRevision.withdrawal_id.is_not(None)
    query = select(RegimenRevision.regimen_id).where(
        RegimenRevision.regimen_id.in_(regimen_ids),
        _stands(RegimenRevision),
        is_newest,
        (asks & RegimenRevision.confirmed_at.is_(None)) | RegimenRevision.withdrawn_at.is_not(None),
    )
    return set(session.scalars(query))


def _stands(revision: Any) -> ColumnElement[bool]:
    stands: ColumnElement[bool] = revision.withdrawn_at.is_(None) | revision.effective_at.is_not(None)
    return stands


def confirm(regimen: Regimen, revision: RegimenRevision, now: datetime) -> bool:
    """The patient said rightly what changes: an increase starts to hold. False when it was confirmed before."""
    if revision.confirmed_at is not None:
        return False
    revision.confirmed_at = now
    if revision.effective_at is None:
        revision.effective_at = now
    return True


def active_regimens(session: Session, patient_id: int) -> list[Regimen]:
    """The medicines not stopped, in the order they were prescribed."""
    return list(session.scalars(_ACTIVE, {"patient": patient_id}).unique())


_ACTIVE = (
    select(Regimen)
    .where(Regimen.patient_id == bindparam("patient"), Regimen.stopped_at.is_(None))
    .order_by(Regimen.id)
    .options(joinedload(Regimen.revisions))
)
"""With their revisions by the one statement: a page asks for a few medicines."""


def get_regimen(session: Session, public_id: str) -> Regimen:
    """The regimen with that id, or BadInput."""
    regimen = session.scalar(select(Regimen).where(Regimen.public_id == public_id))
    if regimen is None:
        raise BadInput(f"no medicine {public_id!r}", where="regimen")
    return regimen
