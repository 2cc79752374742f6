"""What guides can be about, and whom one concerns. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from companion.care.medicine_names import is_named

EVERYBODY = "everybody"


class About(StrEnum):
    DRUG = "drug"
    DRUG_CLASS = "drug_class"
    CONDITION = "condition"
    EVERYBODY = "everybody"  # how to measure, how to travel


class Topic(StrEnum):
    """What for. A technique stands by itself, so that it is found before the needle is in the skin."""

    GENERAL = "general"
    INJECTION = "injection"
    INHALER = "inhaler"


@dataclass(frozen=True, slots=True)
class Concerned:
    """What is known of a patient that guides go by: the medicines in use as (drug, class), and conditions present."""

    medicines: tuple[tuple[str, str], ...]
    conditions: frozenset[str]


def concerns(about: str, name: str, whom: Concerned) -> bool:
    """Whether a guide about that is for the patient."""
    match About(about):
        case About.DRUG:
            return any(is_named(name, drug) for drug, _ in whom.medicines)
        case About.DRUG_CLASS:
            return name in {drug_class for _, drug_class in whom.medicines}
        case About.CONDITION:
            return name in whom.conditions
        case About.EVERYBODY:
            return True


def names_for(about: str, classes: Collection[str], conditions: Collection[str]) -> Collection[str] | None:
    """The names that a guide about that may have; None: any."""
    known: dict[str, Collection[str]] = {
        About.DRUG_CLASS: classes,
        About.CONDITION: conditions,
        About.EVERYBODY: (EVERYBODY,),
    }
    return known.get(about)
