"""To doctors, and to who sees to it that doctors are reached: how many suggestions wait. No patient, no medicine, no
amount: those stand behind the sign-in. Pure."""

from companion.messages.wording.said import At, Contacts, Words, tell


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


TITLE = _("Suggestions wait")
TITLE_URGENT = _("An urgent suggestion waits")
TITLE_ENDS = _("Suggestions soon expire")
TITLE_ENDED = _("Nobody decided in time")
STANDING_IN = _("You stand in for a colleague.")


def suggestion_waits(
    language: str, count: int, contacts: Contacts, *, urgent: int = 0, standing_in: bool = False
) -> Words:
    """At once: so many new ones; of the urgent ones only, where there are any. `standing_in`: all of a colleague's."""
    if urgent:
        text = _("Urgent suggestions that wait for your decision: %(count)s. Please sign in to companion now.")
        return tell(language, contacts, TITLE_URGENT, text, *_further(standing_in), count=str(urgent))
    text = _("New suggestions that wait for your decision: %(count)s. You find them in companion.")
    return tell(language, contacts, TITLE, text, *_further(standing_in), count=str(count))


def waiting_digest(
    language: str, count: int, contacts: Contacts, *, urgent: int = 0, standing_in: bool = False
) -> Words:
    """Once a day: all that wait."""
    text = _("Suggestions that wait for your decision: %(count)s, urgent: %(urgent)s. You find them in companion.")
    return tell(language, contacts, TITLE, text, *_further(standing_in), count=str(count), urgent=str(urgent))


def suggestion_ends(language: str, count: int, time: str, contacts: Contacts, *, standing_in: bool = False) -> Words:
    """So many will expire within a day, the first at that local time."""
    text = _(
        "Suggestions that expire without a decision: %(count)s, the first at %(time)s. Please sign in to companion."
    )
    return tell(language, contacts, TITLE_ENDS, text, *_further(standing_in), count=str(count), time=At((time,)))


def suggestion_ended(language: str, count: int, contacts: Contacts) -> Words:
    """To an administrator: so many expired, and no doctor had decided."""
    text = _(
        "Suggestions that expired without a decision: %(count)s. Please see that doctors are reached, or have a cover."
    )
    return tell(language, contacts, TITLE_ENDED, text, count=str(count))


def _further(standing_in: bool) -> tuple[str, ...]:
    return (STANDING_IN,) if standing_in else ()
