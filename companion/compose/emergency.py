"""That somebody without a care link opened a patient in an emergency."""

from collections.abc import Sequence

from companion.care.people import Role
from companion.compose.told import Known, Told
from companion.messages import wording
from companion.messages.composed import Asked

REVIEW, WHO_LOOKED = "/admin/emergencies", "/my-data/looked"


def about_emergency(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """To the patient, and to administrators."""
    return [_told(known, asked) for asked in batch]


def _told(known: Known, asked: Asked) -> Told:
    is_patient = known.recipient(asked.message).role == Role.PATIENT
    words = wording.emergency_access(known.language(asked.message), known.contacts, is_patient=is_patient)
    return Told(words, page=WHO_LOOKED if is_patient else REVIEW)
