"""To a patient who asked for it: that there is something to read, questions about the service, or what came of them.
What it is about stands behind the sign-in. Pure."""

from enum import StrEnum

from companion.messages.wording.said import Contacts, Words, tell


class About(StrEnum):
    """What there is in companion."""

    TIP = "tip"
    GUIDE = "guide"
    SURVEY = "survey"
    SURVEY_AGAIN = "survey_again"
    CHANGED = "changed"


class TipWay(StrEnum):
    """How a message about a tip is put."""

    USUAL = "usual"
    QUESTION = "question"


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


TITLES = {
    About.TIP: _("Something to read"),
    About.GUIDE: _("A guide of yours has changed"),
    About.SURVEY: _("How are we doing?"),
    About.SURVEY_AGAIN: _("How are we doing?"),
    About.CHANGED: _("What we changed"),
}
TEXTS = {
    About.TIP: _("There is something new for you to read in companion."),
    About.GUIDE: _("A guide about what you take has changed. What is new in it stands in companion."),
    About.SURVEY: _("How are we doing? Three short questions wait for you in companion."),
    About.SURVEY_AGAIN: _("Three short questions still wait for you in companion. It takes two minutes."),
    About.CHANGED: _("Thank you for your answers. What we changed because of them is in companion."),
}
TIP_WAYS = {
    TipWay.USUAL: TEXTS[About.TIP],
    TipWay.QUESTION: _("Do you have two minutes? There is something new for you to read in companion."),
}


def programme(language: str, about: About, contacts: Contacts, *, way: TipWay = TipWay.USUAL) -> Words:
    """`way`: of a tip only."""
    text = TIP_WAYS[way] if about is About.TIP else TEXTS[about]
    return tell(language, contacts, TITLES[about], text)
