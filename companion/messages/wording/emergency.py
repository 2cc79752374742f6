"""That a patient was opened in an emergency by who has no care link: to the patient, and to an administrator. Pure."""

from companion.messages.wording.said import Contacts, Words, tell


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


TITLE = _("Your data was opened in an emergency")
TITLE_OF_REVIEW = _("A patient was opened in an emergency")


def emergency_access(language: str, contacts: Contacts, *, is_patient: bool) -> Words:
    """Who it was stands behind the sign-in."""
    if is_patient:
        text = _("In an emergency a doctor or nurse looked at your data. Who it was stands in companion under My data.")
        question = _("Questions? Call %(clinic)s.")
        return tell(language, contacts, TITLE, text, question)
    text = _("In an emergency somebody opened a patient who is not theirs. Please look at it in companion.")
    return tell(language, contacts, TITLE_OF_REVIEW, text)
