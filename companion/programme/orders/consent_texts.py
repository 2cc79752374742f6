"""The words in which a patient agrees that one pharmacy learns of them. Pure.

Who else gets health data is agreed to for each recipient apart (个人信息保护法, articles 23 and 29; known in summary
only). What was agreed to is kept word for word, so the text never changes without a new VERSION; tests hold that.
"""

from companion.i18n import translate

VERSION = "2026-11.1"


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


SENTENCES = (
    _(
        "I agree that the clinic tells %(pharmacy)s my name, the address I write, the medicines I order, how they are"
        " prescribed, and by whom."
    ),
    _("The pharmacy needs this to send them; without it nothing is ordered there, and all else goes on as before."),
    _(
        "I am asked anew for every other pharmacy. I can take this back at any time; what was sent before, the pharmacy"
        " has."
    ),
)


def agreement(language: str, pharmacy: str) -> str:
    """The whole text that is agreed to."""
    gap = "" if language == "zh" else " "
    return gap.join(translate(language, sentence, pharmacy=pharmacy) for sentence in SENTENCES)
