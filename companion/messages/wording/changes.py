"""An approved change, packs that run low, and the code that proves an address. Pure."""

from companion.messages.wording.said import Contacts, Words, first_name, tell, without_title


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


def advice(language: str, doctor: str, contacts: Contacts) -> Words:
    """That something was changed and by whom, to the patient; what it is stands behind the sign-in."""
    text = _(
        "Dr %(doctor)s has changed one of your medicines. Before your next dose open companion or call %(clinic)s."
    )
    return tell(language, contacts, _("A change in your medicines"), text, doctor=without_title(doctor))


def withdrawal(language: str, doctor: str, contacts: Contacts, *, by_reply: bool = True) -> Words:
    """That a change was taken back and by whom, to the patient; what to take instead stands behind the sign-in."""
    text = _(
        "Dr %(doctor)s took back a change of your medicine. Before your next dose open companion or call %(clinic)s."
    )
    then = (_("Reply 5 when you have read this."),) if by_reply else ()
    title = _("A change was taken back")
    return tell(language, contacts, title, text, *then, aloud=(text,), advice=text, doctor=without_title(doctor))


def refill(language: str, contacts: Contacts, *, patient: str | None = None) -> Words:
    """A medicine runs low: to the patient themselves, or to a caregiver when `patient` is named."""
    if patient is None:
        text = _("One of your medicines will soon run out. Your refill list is in companion, or call %(clinic)s.")
        return tell(language, contacts, _("A medicine will soon run out"), text)
    text = _("%(name)s: a medicine will soon run out. Please help to get more. Questions: call %(clinic)s.")
    return tell(language, contacts, _("%(name)s: a medicine runs out"), text, name=first_name(patient))


def code(language: str, digits: str, contacts: Contacts) -> Words:
    """The digits that prove whose address this is; a voice says them one by one, and twice."""
    text = _("Your companion code: %(code)s. It is valid for 10 minutes. Give it to nobody.")
    aloud = _("Your code is %(apart)s. Once more: %(apart)s. Give it to nobody.")
    title = _("Your companion code")
    return tell(language, contacts, title, text, aloud=(aloud,), code=digits, apart=", ".join(digits))
