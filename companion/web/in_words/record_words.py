"""What record systems' things are called on the pages."""

from companion.care.records import About, ConflictState, Outcome
from companion.web.language import lazy_gettext as _l
from companion.web.words import CONDITIONS, FACTS, Words

ABOUT: Words = {
    About.BIRTH_DATE: _l("Date of birth"),
    About.SEX: _l("Sex"),
    About.FACT: _l("A fact"),
    About.CHANGED: _l("Changed in the record system"),
    About.ALLERGY: _l("Allergy to something that is taken"),
    About.DOSE: _l("Another amount"),
    About.ONLY_THERE: _l("Only on their list of medicines"),
    About.ONLY_HERE: _l("Only on our list of medicines"),
}
STATES: Words = {
    ConflictState.TAKEN_OVER: _l("taken over"),
    ConflictState.KEPT: _l("kept as it was here"),
}
DECIDED: Words = {
    ConflictState.TAKEN_OVER: _l("Noted: theirs was taken over."),
    ConflictState.KEPT: _l("Noted: ours was kept."),
}
OUTCOMES: Words = {
    Outcome.TAKEN: _l("taken in"),
    Outcome.KNOWN: _l("known before"),
    Outcome.REFUSED: _l("refused"),
    Outcome.CONFLICT: _l("in conflict"),
}
SAID: Words = {
    "accepted": _l("accepted there (this approves nothing here)"),
    "overridden": _l("overridden there"),
}


def name_of(name: str) -> str:
    """A fact or condition in the reader's words; a medicine as it is called."""
    return str(FACTS.get(name) or CONDITIONS.get(name) or name)
