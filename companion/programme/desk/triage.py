"""What is asked before anything else, and what a "yes" means: help at once, and never a place in a queue. Pure.

The questions are public knowledge (leaflets of emergency services), their wording is ours. What patients can report of
how they feel goes the way of such reports; for the other signs the clinic is asked to call.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from companion.care.report_kinds import What


class Flag(StrEnum):
    SYMPTOMS = "symptoms"
    SWELLING = "swelling"  # of face or tongue: an allergic reaction
    NEEDED_HELP = "needed_help"
    TOO_MUCH = "too_much"
    VOMITING = "vomiting"
    BLEEDING = "bleeding"
    SELF_HARM = "self_harm"


REPORTED_AS: Mapping[Flag, What] = {
    Flag.SYMPTOMS: What.SYMPTOMS,
    Flag.NEEDED_HELP: What.NEEDED_HELP,
    Flag.VOMITING: What.VOMITING,
}
"""Those that are reports of how the patient feels; of the others the clinic hears by a task."""


def reports_in(flags: Collection[Flag]) -> list[What]:
    return [REPORTED_AS[flag] for flag in Flag if flag in flags and flag in REPORTED_AS]


def calls_in(flags: Collection[Flag]) -> list[Flag]:
    """Those for which the clinic is asked to call."""
    return [flag for flag in Flag if flag in flags and flag not in REPORTED_AS]
