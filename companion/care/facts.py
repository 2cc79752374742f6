"""Clinical facts with their dates: what a protocol asks about a patient and no device measures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.people import Person
from companion.db import Base, RowId, rows_of
from companion.errors import BadInput


class FactKind(StrEnum):
    DIABETES_TYPE = "diabetes_type"
    PREGNANT = "pregnant"
    WEIGHT_KG = "weight_kg"
    EGFR = "egfr"
    POTASSIUM = "potassium"
    HBA1C = "hba1c"
    CREATININE = "creatinine"
    ALT = "alt"
    FRAILTY = "frailty"
    CONDITION = "condition"
    ALLERGY = "allergy"
    DRUG_LIST_CONFIRMED = "drug_list_confirmed"


class Source(StrEnum):
    """Where a fact is from, as the one who noted it says."""

    LAB = "lab"
    LETTER = "letter"
    CLINIC = "clinic"
    PATIENT = "patient"


NAMED = frozenset({FactKind.CONDITION, FactKind.ALLERGY})
"""Facts of which there are many at a time, each under its name; each is either present or over."""

CHOICES: dict[FactKind, tuple[str, ...]] = {
    FactKind.DIABETES_TYPE: ("type1", "type2", "lada", "pancreatogenic", "gestational", "unknown", "none"),
    FactKind.PREGNANT: ("yes", "no"),
    FactKind.FRAILTY: ("fit", "complex", "poor"),
    FactKind.DRUG_LIST_CONFIRMED: ("yes",),
}

CONDITIONS = (
    "breastfeeding", "trying_to_conceive", "severe_hypo_ever_90d", "hypo_unawareness", "acute_illness", "vomiting",
    "steroid_course", "peri_procedure", "hospital_stay_14d", "ramadan_fast", "doctor_paused_automation",
    "patient_withdrew_consent", "hypo_l3", "dialysis", "postural_hypotension", "af_unconfirmed", "stroke_acs_90d",
    "orthostatic_symptoms", "device_unvalidated", "cuffless",
    "gi_symptoms", "eating_poorly", "dehydrated", "contrast_planned", "organ_failure", "oedema", "irregular_meals",
    "premix_is_nph", "kidney_values_worse", "renal_artery_stenosis", "angioedema", "potassium_supplement",
    "hypertension",
)  # fmt: skip
"""What the clinic notes as present or over; the names are those of the protocol gates. No gate asks for hypertension:
guides, tips and work lists go by it."""

BOUNDS: dict[FactKind, tuple[Decimal, Decimal, str]] = {
    FactKind.WEIGHT_KG: (Decimal(20), Decimal(300), "kg"),
    FactKind.EGFR: (Decimal(1), Decimal(200), "mL/min/1.73 m²"),
    FactKind.POTASSIUM: (Decimal("1.5"), Decimal(9), "mmol/L"),
    FactKind.HBA1C: (Decimal(3), Decimal(20), "%"),
    FactKind.CREATININE: (Decimal(10), Decimal(2500), "µmol/L"),
    FactKind.ALT: (Decimal(1), Decimal(10_000), "U/L"),
}
"""Plausible figures only; a slip of the decimal point is refused at entry."""

LONGEST_NAME = 40


class Fact(Base):
    """One statement about a patient. Append-only: the newest by `measured_on`, then by entry, counts."""

    __tablename__ = "fact"
    __table_args__ = (Index("ix_fact_patient_kind", "patient_id", "kind"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(40), default="")
    value: Mapped[str] = mapped_column(String(40))
    measured_on: Mapped[date]
    noted_at: Mapped[datetime]
    noted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    source: Mapped[str | None] = mapped_column(String(12))
    """A Source, where whoever noted it said so."""
    typed: Mapped[str | None] = mapped_column(String(40))
    """What was typed, with its unit, where `value` was worked out from it."""


@dataclass(frozen=True)
class ClinicalFacts:
    """The newest of each fact; None is "nobody said". `conditions` are those present, `conditions_over` those that
    somebody noted as over: of all others nobody said anything; `conditions_on`: the day each was said of."""

    diabetes_type: str | None = None
    pregnant: bool | None = None
    weight_kg: Decimal | None = None
    weight_on: date | None = None
    egfr: Decimal | None = None
    egfr_on: date | None = None
    potassium: Decimal | None = None
    potassium_on: date | None = None
    hba1c: Decimal | None = None
    hba1c_on: date | None = None
    frailty: str | None = None
    drug_list_confirmed_on: date | None = None
    conditions: frozenset[str] = frozenset()
    conditions_over: frozenset[str] = frozenset()
    conditions_on: Mapping[str, date] = field(default_factory=dict)
    allergies: frozenset[str] = frozenset()


def note_fact(
    session: Session,
    *,
    patient: Person,
    kind: FactKind,
    value: str,
    measured_on: date,
    noted_by: Person,
    now: datetime,
    name: str = "",
    source: Source | None = None,
    typed: str | None = None,
) -> Fact:
    """Adds a fact. `typed`: what its value was worked out from. Raises BadInput for a value that is not possible or a
    date in the future."""
    if measured_on > (now + timedelta(hours=14)).date():  # it may already be tomorrow where the patient is
        raise BadInput("lies in the future", where=f"{kind.value}.date", advice="write the day it was measured")
    fact = Fact(
        patient_id=patient.id,
        kind=kind.value,
        name=_checked_name(kind, name),
        value=_checked_value(kind, value),
        measured_on=measured_on,
        noted_at=now,
        noted_by=noted_by.id,
        source=source.value if source else None,
        typed=typed,
    )
    session.add(fact)
    session.flush()
    return fact


def _checked_name(kind: FactKind, name: str) -> str:
    """What it is about; "" for a fact of which there is one."""
    if kind is FactKind.ALLERGY:
        name = " ".join(name.split())
        if not 2 <= len(name) <= LONGEST_NAME:
            raise BadInput("needs a name", where="allergy", advice=f"write 2 to {LONGEST_NAME} characters")
        return name
    if kind is FactKind.CONDITION and name not in CONDITIONS:
        raise BadInput(f"{name!r} is not a condition that is asked about", where="condition")
    return name if kind is FactKind.CONDITION else ""


def _checked_value(kind: FactKind, value: str) -> str:
    value = value.strip()
    if kind in NAMED:
        if value not in ("present", "over"):
            raise BadInput("is either present or over", where=kind.value)
        return value
    if kind in CHOICES:
        if value not in CHOICES[kind]:
            raise BadInput(f"{value!r} is not one of {', '.join(CHOICES[kind])}", where=kind.value)
        return value
    low, high, unit = BOUNDS[kind]
    try:
        number = Decimal(value.replace(",", "."))
    except InvalidOperation:
        raise BadInput(f"{value!r} is not a number", where=kind.value, advice=f"write it in {unit}") from None
    if not (number.is_finite() and low <= number <= high):
        raise BadInput(f"{value} {unit} is not plausible", where=kind.value, advice=f"between {low} and {high} {unit}")
    return format(number, "f")


def facts_of(session: Session, patient_id: int) -> ClinicalFacts:
    """What is known of the patient now."""
    return known_from(map(_Said._make, rows_of(session, _FACTS, {"patient": patient_id})))


class _Said(NamedTuple):
    """What a fact says, and of which day."""

    kind: str
    name: str
    value: str
    measured_on: date


_FACTS = (
    select(Fact.kind, Fact.name, Fact.value, Fact.measured_on)
    .where(Fact.patient_id == bindparam("patient"))
    .order_by(Fact.measured_on, Fact.id)
)


def known_from(facts: Iterable[_Said]) -> ClinicalFacts:
    """What facts of one patient come to, given from the oldest day to the newest."""
    newest = {(fact.kind, fact.name): fact for fact in facts}

    def value(kind: FactKind) -> str | None:
        fact = newest.get((kind.value, ""))
        return fact.value if fact else None

    def number(kind: FactKind) -> Decimal | None:
        text = value(kind)
        return Decimal(text) if text is not None else None

    def day(kind: FactKind) -> date | None:
        fact = newest.get((kind.value, ""))
        return fact.measured_on if fact else None

    def named(wanted: FactKind, said: str) -> frozenset[str]:
        known = [fact for (kind, _), fact in newest.items() if kind == wanted.value]
        return frozenset(fact.name for fact in known if fact.value == said)

    pregnant = value(FactKind.PREGNANT)
    return ClinicalFacts(
        diabetes_type=value(FactKind.DIABETES_TYPE),
        pregnant=None if pregnant is None else pregnant == "yes",
        weight_kg=number(FactKind.WEIGHT_KG),
        weight_on=day(FactKind.WEIGHT_KG),
        egfr=number(FactKind.EGFR),
        egfr_on=day(FactKind.EGFR),
        potassium=number(FactKind.POTASSIUM),
        potassium_on=day(FactKind.POTASSIUM),
        hba1c=number(FactKind.HBA1C),
        hba1c_on=day(FactKind.HBA1C),
        frailty=value(FactKind.FRAILTY),
        drug_list_confirmed_on=day(FactKind.DRUG_LIST_CONFIRMED),
        conditions=named(FactKind.CONDITION, "present"),
        conditions_over=named(FactKind.CONDITION, "over"),
        conditions_on={name: each.measured_on for (kind, name), each in newest.items() if kind == FactKind.CONDITION},
        allergies=named(FactKind.ALLERGY, "present"),
    )
