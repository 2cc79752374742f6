"""What patients can say of how they feel, in the reader's language."""

from datetime import datetime

from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.report_kinds import What
from companion.care.reported import reports_of
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

BUTTONS: Words = {
    What.SYMPTOMS: _l("Chest pain, short of breath, weak on one side, or trouble speaking"),
    What.NEEDED_HELP: _l("My sugar was low and somebody had to help me"),
    What.FALL: _l("I had a fall"),
    What.DIZZY: _l("I am dizzy"),
    What.VOMITING: _l("I am vomiting"),
    What.ILL: _l("I am ill"),
}
"""On the patient's buttons, what cannot wait first."""
TOLD: Words = {
    What.SYMPTOMS: _l("chest pain, short of breath, weakness or trouble speaking"),
    What.NEEDED_HELP: _l("a low that needed help"),
    What.FALL: _l("had a fall"),
    What.DIZZY: _l("feels dizzy"),
    What.VOMITING: _l("is vomiting"),
    What.ILL: _l("feels ill"),
}
"""What was told, in a list."""


def told_lately(db: Session, patient: Person, at: datetime) -> list[str]:
    """What still counts of what the patient told, each once."""
    return list(dict.fromkeys(str(TOLD[report.what]) for report in reports_of(db, patient.id, at)))
