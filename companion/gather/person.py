"""What is known of a patient apart from values and medicines: facts, conditions, and what the service sees itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from companion.advice.assessing.case import FLAGS, Patient
from companion.advice.grammar.vocabulary import COLLECTED
from companion.care.facts import ClinicalFacts, facts_of
from companion.care.people import Person, age_on
from companion.care.records import has_open_conflict
from companion.care.reported import reported_conditions
from companion.care.tasks import Task, TaskKind
from companion.db import rows_of
from companion.devices.models import Device
from companion.devices.records.device_time import TimeCase
from companion.gather.measured import has
from companion.readings.reading import Kind, Reading

CLOCK_SKEW_S = 3600
DRUG_LIST_VALID_DAYS = 90
MANUAL_WINDOW = timedelta(days=14)
"""Gates G10 and G13 of protocols.yaml: a clock more than 1 h off, a drug list confirmed 90 days ago at most,
more than half of the values typed in."""
TIME_IN_DOUBT = frozenset({TimeCase.CLOCK_SET_BACK, TimeCase.CLOCK_RESET, TimeCase.CLOCK_AHEAD})
"""Such a value may have been taken hours from where it stands: the clock was set, and nobody saw it before."""


SINCE_CHANGE = frozenset({"kidney_values_worse"})
"""What is said of the time since the last change of the dose: said before that change it says nothing."""


@dataclass(frozen=True)
class Known:
    """The patient as the rules know them, what no field of a case carries, and the facts as the clinic noted them."""

    patient: Patient
    collected: dict[str, bool | None]
    facts: ClinicalFacts


def known_of(
    session: Session, person: Person, measured: Sequence[Reading], changed_on: date | None, now: datetime
) -> Known:
    """What the clinic noted, the patient told and the service sees. `measured`: the values the protocol goes by;
    `changed_on`: the local day of the last change of what it may change."""
    told = reported_conditions(session, person.id, now)
    noted = facts_of(session, person.id)
    facts = _with_told(noted, told)
    collected = {name: _said(name, facts, changed_on) for name in COLLECTED} | dict.fromkeys(told - FLAGS, True)
    return Known(_patient(session, person, facts, measured, now), collected, noted)


def _with_told(facts: ClinicalFacts, told: frozenset[str]) -> ClinicalFacts:
    """What the patient tells holds beside what the clinic noted, and against what it noted as over."""
    return replace(facts, conditions=facts.conditions | told, conditions_over=facts.conditions_over - told)


def _said(name: str, facts: ClinicalFacts, changed_on: date | None) -> bool | None:
    """Whether the clinic noted that condition; None when nobody said anything of it: a rule that asks for it holds."""
    if name in facts.conditions:
        return True
    if name not in facts.conditions_over:
        return None
    is_out_of_date = name in SINCE_CHANGE and changed_on is not None and facts.conditions_on[name] < changed_on
    return None if is_out_of_date else False


def _patient(
    session: Session, person: Person, facts: ClinicalFacts, measured: Sequence[Reading], now: datetime
) -> Patient:
    today = now.astimezone(ZoneInfo(person.zone)).date()
    return Patient(
        age=None if person.birth_on is None else Decimal(age_on(person.birth_on, today)),
        sex=person.sex,
        weight_kg=facts.weight_kg,
        diabetes_type=facts.diabetes_type,
        pregnant=facts.pregnant if person.sex != "male" else False,
        egfr=facts.egfr,
        egfr_on=facts.egfr_on,
        potassium=facts.potassium,
        potassium_on=facts.potassium_on,
        frailty=facts.frailty,  # type: ignore[arg-type]  # facts.CHOICES allows the same three words
        flags=frozenset(facts.conditions & FLAGS) | _own_flags(session, person, facts, measured, now, today),
    )


def _own_flags(
    session: Session, person: Person, facts: ClinicalFacts, measured: Sequence[Reading], now: datetime, today: date
) -> frozenset[str]:
    """The conditions that the service sees by itself. `measured`: the values that the protocol goes by."""
    recent = [reading for reading in measured if reading.taken_at > now - MANUAL_WINDOW]
    typed = sum(1 for reading in recent if reading.kind is Kind.TYPED)
    offsets = rows_of(session, _CLOCKS, {"patient": person.id}).scalars()
    confirmed_on = facts.drug_list_confirmed_on
    seen = {
        "manual_entry_majority": 2 * typed > len(recent),
        "clock_skew": any(abs(offset or 0) > CLOCK_SKEW_S for offset in offsets)
        or any(has(reading, TIME_IN_DOUBT) for reading in recent),
        "drug_list_unconfirmed_90d": confirmed_on is None
        or (today - confirmed_on).days > DRUG_LIST_VALID_DAYS
        or has_open_conflict(session, person.id),
        "urgent_event_open": rows_of(session, _URGENT, {"patient": person.id}).first() is not None,
    }
    return frozenset(name for name, is_so in seen.items() if is_so)


_CLOCKS = select(Device.clock_offset_s).where(Device.patient_id == bindparam("patient"))
_URGENT = select(Task.id).where(
    Task.patient_id == bindparam("patient"), Task.kind == TaskKind.URGENT_READING.value, Task.done_at.is_(None)
)
