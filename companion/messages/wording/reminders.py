"""Reminders, to the patient. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache

from companion.messages.segments import is_one_segment
from companion.messages.wording.said import At, Contacts, Words, listed, tell


class Wording(StrEnum):
    """How a plain reminder is put. Nothing else has more than one wording."""

    STANDARD = "standard"
    THANKS = "thanks"
    STEP = "step"


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


TITLE = _("Your %(times)s medicine")
TIME_FOR = _("Time for your %(times)s medicine.")
TIME_FOR_NAMED = _("Time for your %(times)s medicine: %(medicines)s.")
OPENINGS = {
    Wording.STANDARD: (),
    Wording.THANKS: (_("Thank you for looking after yourself."),),
    Wording.STEP: (_("A small step for your health."),),
}
BY_REPLY = _("Reply 1 taken, 2 later, 3 skip.")
BY_PAGE = _("Please answer: taken, later or skip.")
BY_KEYS = _("Press 1 if you took it, 2 to be reminded later, 3 to skip it, 9 to hear this again.")

CHANGED_TITLE = _("Your %(times)s medicine: check first")
CHANGED = _("Your %(times)s medicine: dose changed, check first. Open companion or call %(clinic)s.")
CHANGED_BY_REPLY = _("Then reply 1 taken, 3 skip.")


def reminder(
    language: str,
    times: Sequence[str],
    contacts: Contacts,
    *,
    has_changed: bool = False,
    put: Wording = Wording.STANDARD,
    medicines: Sequence[str] = (),
    by_reply: bool = True,
    in_one_segment: bool = True,
) -> Words:
    """Doses due at these local times ("08:00").

    `has_changed`: a change awaits the patient's confirmation; that is never put in another way, and names no amount.
    `medicines`: with their amounts, of a patient who chose to read them. `by_reply`: answers are typed back.
    `in_one_segment`: medicines, or the clinic's number, are left out where they would take a second one.
    """
    at = At(tuple(times))
    if has_changed:
        return _changed(language, contacts, at, by_reply, in_one_segment)
    if medicines:
        named = _due(language, contacts, at, put, by_reply, listed(language, medicines))
        if not in_one_segment or is_one_segment(named.text):
            return named
    return _plain(language, contacts, at, put, by_reply)


@lru_cache(maxsize=1000)
def _plain(language: str, contacts: Contacts, at: At, put: Wording, by_reply: bool) -> Words:
    """Most of the reminders of a morning are this one."""
    return _due(language, contacts, at, put, by_reply, "")


def _due(language: str, contacts: Contacts, at: At, put: Wording, by_reply: bool, medicines: str) -> Words:
    due = (*OPENINGS[put], TIME_FOR_NAMED if medicines else TIME_FOR)
    how = BY_REPLY if by_reply else BY_PAGE
    return tell(language, contacts, TITLE, *due, how, aloud=(*due, BY_KEYS), advice=how, times=at, medicines=medicines)


def _changed(language: str, contacts: Contacts, at: At, by_reply: bool, in_one_segment: bool) -> Words:
    """No keys are offered to a voice: who has not read the change has to do that first."""
    then = (CHANGED_BY_REPLY,) if by_reply else ()
    told = tell(language, contacts, CHANGED_TITLE, CHANGED, *then, aloud=(CHANGED,), advice=CHANGED, times=at)
    if in_one_segment and contacts.clinic_phone and not is_one_segment(told.text):
        return _changed(language, replace(contacts, clinic_phone=""), at, by_reply, in_one_segment)
    return told
