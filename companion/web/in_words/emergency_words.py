"""Why a patient was opened in an emergency, in words."""

from companion.care.emergency_access import EmergencyReason
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

REASONS: Words = {
    EmergencyReason.CANNOT_SPEAK: _l("The patient cannot say what is needed"),
    EmergencyReason.ACUTE_DANGER: _l("The patient is in acute danger"),
    EmergencyReason.CALLED_FOR_HELP: _l("The patient or the family called for help"),
    EmergencyReason.DOCTOR_AWAY: _l("It cannot wait, and their doctors cannot be reached"),
    EmergencyReason.OTHER: _l("Something else"),
}
