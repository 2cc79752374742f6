"""Whether what is told contradicts what is known: a person decides then, and nothing is overwritten. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from companion.care.facts import BOUNDS, FactKind
from companion.care.records import About
from companion.imported.known import Known, OurMedicine
from companion.imported.medicines import is_same_drug, of_same_drug
from companion.imported.told import AllergyTold, FactTold, MedicineTold, PersonTold

WEIGHT_OFF_BY = Decimal("0.2")
"""A weight a fifth off the newest one is a slip, pounds, or somebody else, until a person says that it is true."""
NOT_KNOWN = "unknown"


@dataclass(frozen=True)
class Conflict:
    """One contradiction. `told` holds what taking it over needs; `key` is the same for the same contradiction."""

    about: About
    name: str
    ours: str
    theirs: str
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        parts = (self.about.value, self.name, self.ours, self.theirs)
        return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()


def of_fact(told: FactTold, known: Known) -> Conflict | None:
    """Another value for one day; another type of diabetes, pregnancy or condition; a weight far off."""
    ours = _contradicted(told, known)
    return _of_value(About.FACT, told, ours) if ours else None


def changed(told: FactTold, known: Known) -> Conflict:
    """What was taken under one name, and says something else there now."""
    return _of_value(About.CHANGED, told, known.newest(told.kind, told.name))


def changed_reading(theirs: str) -> Conflict:
    """A reading that was taken in, and has another value there now."""
    return Conflict(About.CHANGED, "reading", "as it was sent before", theirs[:200])


def _of_value(about: About, told: FactTold, ours: FactTold | None) -> Conflict:
    day = told.measured_on.isoformat()
    kept = {"kind": told.kind.value, "name": told.name, "value": told.value, "measured_on": day}
    here = f"{ours.value}, {ours.measured_on}" if ours else ""
    return Conflict(about, told.name or told.kind.value, here, f"{told.value}, {day}", kept)


def _contradicted(told: FactTold, known: Known) -> FactTold | None:
    newest = known.newest(told.kind, told.name)
    if told.kind not in BOUNDS:
        differs = newest is not None and newest.value not in (told.value, NOT_KNOWN)
        return newest if differs else None
    same_day = known.on_day(told)
    if same_day and not any(Decimal(fact.value) == Decimal(told.value) for fact in same_day):
        return same_day[-1]
    if told.kind is FactKind.WEIGHT_KG and newest is not None:
        ours, theirs = Decimal(newest.value), Decimal(told.value)
        return newest if abs(theirs - ours) > WEIGHT_OFF_BY * ours else None
    return None


def says_nothing_new(told: FactTold, known: Known) -> bool:
    """Whether that is known already: the same value of the same day; what has no figure, just the same value."""
    if told.kind in BOUNDS:
        return any(Decimal(fact.value) == Decimal(told.value) for fact in known.on_day(told))
    newest = known.newest(told.kind, told.name)
    return newest is not None and newest.value == told.value


def of_person(told: PersonTold, known: Known) -> Iterator[Conflict]:
    """Birth date and sex, where both say one."""
    if told.birth_on and known.birth_on and told.birth_on != known.birth_on:
        theirs = told.birth_on.isoformat()
        yield Conflict(About.BIRTH_DATE, "birth date", known.birth_on.isoformat(), theirs, {"birth_on": theirs})
    if told.sex and known.sex and told.sex != known.sex:
        yield Conflict(About.SEX, "sex", known.sex, told.sex, {"sex": told.sex})


def of_allergy(told: AllergyTold, known: Known) -> Conflict | None:
    """To something that is taken."""
    taken = next((ours for ours in known.medicines if is_same_drug(ours.drug, told.name)), None)
    return Conflict(About.ALLERGY, taken.drug, taken.said, told.name) if taken else None


def of_medicine(told: MedicineTold, known: Known) -> Conflict | None:
    """One that is not taken here, or in another amount. What they do not tell contradicts nothing."""
    ours = [each for each in known.medicines if is_same_drug(each.drug, told.name)]
    if not ours:
        return Conflict(About.ONLY_THERE, told.name, "", told.said)
    if any(_is_same_dose(each, told) for each in ours):
        return None
    return Conflict(About.DOSE, ours[0].drug, ours[0].said, told.said)


def _is_same_dose(ours: OurMedicine, theirs: MedicineTold) -> bool:
    is_amount = theirs.amount is None or (theirs.unit, theirs.amount) == (ours.unit, ours.amount)
    return is_amount and (theirs.times_a_day is None or theirs.times_a_day == ours.times_a_day)


def missing_there(theirs: Sequence[MedicineTold], known: Known) -> Iterator[Conflict]:
    """What is taken here and is not on their list, where they sent one."""
    for ours in known.medicines:
        if not of_same_drug(ours.drug, theirs):
            yield Conflict(About.ONLY_HERE, ours.drug, ours.said, "")
