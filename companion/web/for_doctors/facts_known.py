"""What is known of a patient, each with its day, its age, who noted it and where it is from."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from companion.advice.assessing.lab_limits import valid_days
from companion.advice.grammar.protocol import Protocol, Registry
from companion.advice.models import Plan
from companion.care.facts import BOUNDS, Fact, FactKind
from companion.care.lab_units import mmol_mol_of
from companion.care.people import Person
from companion.db import rows_of
from companion.gather.person import DRUG_LIST_VALID_DAYS


@dataclass(frozen=True)
class Known:
    """One fact. `days`: its age in local days; `valid_for`: after so many nothing is proposed by it, None: no limit."""

    fact: Fact
    noted_by: str
    days: int
    valid_for: int | None

    @property
    def kind(self) -> FactKind:
        return FactKind(self.fact.kind)

    @property
    def is_too_old(self) -> bool:
        return self.valid_for is not None and self.days > self.valid_for

    @property
    def unit(self) -> str:
        return BOUNDS[self.kind][2] if self.kind in BOUNDS else ""

    @property
    def in_other_unit(self) -> str:
        """HbA1c in mmol/mol beside the percent."""
        return f"{mmol_mol_of(Decimal(self.fact.value))} mmol/mol" if self.kind is FactKind.HBA1C else ""


def history_of(db: Session, patient: Person, protocols: Collection[Protocol], today: date) -> list[Known]:
    """Every fact noted, the newest day first; of one day the one noted last."""
    found = db.execute(_NOTED, {"patient": patient.id})
    return [Known(fact, by, (today - fact.measured_on).days, _valid_for(fact, protocols)) for fact, by in found]


_NOTED = (
    select(Fact, Person.name)
    .join(Person, Person.id == Fact.noted_by)
    .where(Fact.patient_id == bindparam("patient"))
    .order_by(Fact.measured_on.desc(), Fact.id.desc())
)


def newest_of(history: Iterable[Known]) -> list[Known]:
    """Of each fact the newest, in the order of the kinds; conditions and allergies that are over are left out."""
    newest: dict[tuple[str, str], Known] = {}
    for known in history:
        newest.setdefault((known.fact.kind, known.fact.name), known)
    order = {kind: place for place, kind in enumerate(FactKind)}
    here = [known for known in newest.values() if known.fact.value != "over"]
    return sorted(here, key=lambda known: (order[known.kind], known.fact.name))


def running_protocols(db: Session, registry: Registry, patient: Person) -> Sequence[Protocol]:
    """Those of the patient's plans that nobody ended."""
    names = set(rows_of(db, _RUNNING, {"patient": patient.id}).scalars())
    return [registry.protocols[name] for name in names if name in registry.protocols]


_RUNNING = select(Plan.protocol).where(Plan.patient_id == bindparam("patient"), Plan.stopped_at.is_(None))


def _valid_for(fact: Fact, protocols: Collection[Protocol]) -> int | None:
    if fact.kind == FactKind.DRUG_LIST_CONFIRMED:
        return DRUG_LIST_VALID_DAYS
    if fact.kind not in (FactKind.EGFR, FactKind.POTASSIUM, FactKind.CREATININE):
        return None
    return valid_days(fact.kind, Decimal(fact.value), protocols)
