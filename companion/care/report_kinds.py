"""What a patient can say of how they feel, what that means to the protocols, and for how long it counts. Pure.

The conditions are those of the protocols' gates (`case.FLAGS`), of their collected conditions, and of the urgent
thresholds. The 7 and 90 days of a low that needed help are the protocols' own (R1's window; gate G06); all other spans
are our own choice: an illness is asked about anew after three days, and what passes within hours counts for one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class What(StrEnum):
    """What was told."""

    ILL = "ill"
    VOMITING = "vomiting"
    DIZZY = "dizzy"
    FALL = "fall"
    NEEDED_HELP = "needed_help"  # with a low
    SYMPTOMS = "symptoms"  # chest pain, short of breath, weakness, trouble speaking


@dataclass(frozen=True, slots=True)
class Meaning:
    """`event`: the urgent event it is. `counts`: by condition, how long it holds. `is_state`: it can be over; else it
    happened, and can only have been told by mistake."""

    event: str
    counts: Mapping[str, timedelta]
    is_state: bool


MEANS: Mapping[What, Meaning] = {
    What.ILL: Meaning("ill", {"acute_illness": timedelta(days=3), "unwell": timedelta(days=1)}, is_state=True),
    What.VOMITING: Meaning(
        "vomiting",
        {
            "vomiting": timedelta(days=2),
            "acute_illness": timedelta(days=3),
            "gi_symptoms": timedelta(days=3),
            "unwell": timedelta(days=1),
        },
        is_state=True,
    ),
    What.DIZZY: Meaning(
        "dizzy", {"dizzy": timedelta(days=1), "orthostatic_symptoms": timedelta(days=7)}, is_state=True
    ),
    What.FALL: Meaning("fall", {"fall": timedelta(days=1), "orthostatic_symptoms": timedelta(days=7)}, is_state=False),
    What.NEEDED_HELP: Meaning(
        "hypo_l3",
        {"hypo_l3": timedelta(days=7), "severe_hypo_ever_90d": timedelta(days=90)},
        is_state=False,
    ),
    What.SYMPTOMS: Meaning("symptoms", {"symptoms": timedelta(days=1), "unwell": timedelta(days=1)}, is_state=True),
}
LONGEST = max(span for meaning in MEANS.values() for span in meaning.counts.values())
"""What was told longer ago counts nowhere."""


def holds_until(what: What, told_at: datetime) -> datetime:
    """When the last of its conditions ends by itself."""
    return told_at + max(MEANS[what].counts.values())


def conditions_of(what: What, told_at: datetime, now: datetime) -> frozenset[str]:
    """The conditions that hold at `now` because of it."""
    return frozenset(name for name, span in MEANS[what].counts.items() if told_at <= now < told_at + span)
