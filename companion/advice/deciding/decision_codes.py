"""The coded reasons of doctors, in one place: the schema, the pages and the API take them from here. Pure.

A code is for counting: how often a rule is rejected, and why. What cannot be coded is said in words beside it.
"""

from collections.abc import Iterable
from enum import StrEnum


class Rejection(StrEnum):
    """Why a suggestion is rejected. The first three ask for something instead, and make a task of it."""

    ASK_ABOUT_DOSES = "ask_about_doses"
    ASK_PATIENT = "ask_patient"
    REFER = "refer"
    VALUES_UNRELIABLE = "values_unreliable"
    RISK_OF_LOWS = "risk_of_lows"
    RULE_DOES_NOT_FIT = "rule_does_not_fit"
    CHANGED_ELSEWHERE = "changed_elsewhere"
    OTHER_TREATMENT = "other_treatment"
    PATIENTS_WISH = "patients_wish"
    OTHER = "other"


class PutOff(StrEnum):
    """Why a suggestion is not decided on yet."""

    WAIT_FOR_VALUES = "wait_for_values"
    WAIT_FOR_LABS = "wait_for_labs"
    TALK_TO_PATIENT = "talk_to_patient"
    ASK_COLLEAGUE = "ask_colleague"
    OTHER = "other"


class Ended(StrEnum):
    """Why a suggestion that nobody decided on waits no more."""

    OTHER_PROPOSAL = "other_proposal"  # what is known now proposes something else
    NOTHING_PROPOSED = "nothing_proposed"  # what is known now proposes nothing
    PLAN_CANNOT_RUN = "plan_cannot_run"
    MEDICINE_CHANGED = "medicine_changed"
    PATIENT_LEFT = "patient_left"
    TIME_OVER = "time_over"


NEEDS_WORDS = frozenset({Rejection.OTHER.value, PutOff.OTHER.value})
"""Codes that say nothing by themselves."""


def among(column: str, codes: Iterable[str]) -> str:
    """The SQL condition that the column holds one of those."""
    return f"{column} IN ({', '.join(repr(str(code)) for code in codes)})"
