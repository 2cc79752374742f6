"""Taking back a change that was sent: why, what holds then, and when somebody calls. Pure.

A withdrawal is of high priority and acknowledged, and whoever had opened the change is called: reference/clinical.md
§4. The hours are our own, and wait for a clinician's word [P].
"""

from datetime import datetime, timedelta
from enum import StrEnum

ACKNOWLEDGE_WITHIN = timedelta(hours=2)
"""After so long without the patient's word that it was read, somebody calls. [P]"""


class Reason(StrEnum):
    """Why a change is taken back; "other" needs words."""

    MISTAKE = "mistake"
    NEW_VALUES = "new_values"
    PATIENT_UNWELL = "patient_unwell"
    OTHER_TREATMENT = "other_treatment"
    PATIENTS_WISH = "patients_wish"
    OTHER = "other"


class Follows(StrEnum):
    """What holds once a change was taken back."""

    OLD_STAYS = "old_stays"
    """An increase that never held: what was taken before goes on."""
    BACK = "back"
    """An increase that holds: the earlier amount, as a decrease in the name of the doctor who takes it back."""
    CHECK_FIRST = "check_first"
    """A decrease: the lower amount stays, for taking back never raises a dose. Nobody is told an amount until the
    doctor prescribes anew."""


def what_follows(*, is_decrease: bool, holds: bool) -> Follows:
    """`holds`: the change is in force."""
    if is_decrease:
        return Follows.CHECK_FIRST
    return Follows.BACK if holds else Follows.OLD_STAYS


def calls_at_once(follows: Follows, *, was_opened: bool) -> bool:
    """Whether it cannot wait for an acknowledgement: the patient knows the change, or does not know what to take."""
    return was_opened or follows is Follows.CHECK_FIRST


def calls_at(withdrawn_at: datetime) -> datetime:
    """When somebody calls unless it was acknowledged by then."""
    return withdrawn_at + ACKNOWLEDGE_WITHIN
