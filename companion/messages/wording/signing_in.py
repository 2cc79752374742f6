"""To who signs in: the link they asked for, and that the clinic took something away. Pure."""

from companion.messages.wording.said import Contacts, Words, tell


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


def sign_in_link(language: str, link: str, contacts: Contacts) -> Words:
    """The one text with a link: its reader has just asked for it. A link is nothing to say aloud."""
    text = _("Your link to companion, good for 15 minutes. Give it to nobody: %(link)s")
    aloud = _("The link that you asked for came as a text message.")
    return tell(language, contacts, _("Your link to companion"), text, aloud=(aloud,), link=link)


def factors_reset(language: str, contacts: Contacts) -> Words:
    """Passkeys and the code app are gone; the password is not."""
    text = _("The clinic took away your passkeys and your code app. If you did not ask for it, call %(clinic)s.")
    return tell(language, contacts, _("Your way to sign in was reset"), text)
