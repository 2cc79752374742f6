"""The words in which a patient agrees that their health data is kept and used here. Pure.

Health data is sensitive: its keeping needs a consent of its own, with why it is needed and what happens without it
(个人信息保护法, articles 28 to 30; known in summary only). What was agreed to is kept word for word with its
version, so the text never changes without a new VERSION; tests/care holds that.
"""

from companion.i18n import translate

VERSION = "2026-11.1"


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


SENTENCES = (
    _(
        "I agree that the clinic keeps and uses data about my health here: blood sugar, blood pressure, medicines, when"
        " I take them, and what I say of how I feel."
    ),
    _("It needs them to remind me, and for my doctors to decide on doses; without them it can do neither."),
    _("Who else sees them I decide separately, for each one. I can take this back at any time."),
)


def agreement(language: str) -> str:
    """The whole text that is agreed to."""
    gap = "" if language == "zh" else " "
    return gap.join(translate(language, sentence) for sentence in SENTENCES)
