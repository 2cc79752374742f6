"""About a password, to who has it: how to choose a new one, and that the clinic took one away. Pure."""

from companion.messages.wording.said import Contacts, Words, tell


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


TITLE = _("Your password for companion")


def reset_code(language: str, code: str, contacts: Contacts) -> Words:
    """The code that lets its reader choose a new password; a voice says it sign by sign, and twice."""
    text = _("Your code for a new password: %(code)s. It is valid for 30 minutes. Give it to nobody.")
    aloud = _("Your code is %(apart)s. Once more: %(apart)s. Give it to nobody.")
    return tell(language, contacts, TITLE, text, aloud=(aloud,), code=code, apart=", ".join(code.replace("-", "")))


def password_taken(language: str, contacts: Contacts) -> Words:
    """The administrator took the password away."""
    text = _("The clinic took your password for companion away. If you did not ask for it, call %(clinic)s.")
    return tell(language, contacts, TITLE, text)
