"""What is said back to an answer. Pure."""

from collections.abc import Sequence

from companion.messages.wording.reminders import BY_KEYS
from companion.messages.wording.said import Answer, At, Contacts, Words, tell


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


TITLE = _("About your answer")


def _say(
    language: str,
    contacts: Contacts,
    text: str,
    times: Sequence[str] = (),
    again: Sequence[str] = (),
    aloud: Sequence[str] = (),
) -> Words:
    """Who hears it is on the line already, or has just written."""
    return tell(
        language, contacts, TITLE, text, aloud=aloud, opening="", times=At(tuple(times)), again=At(tuple(again))
    )


def noted(language: str, times: Sequence[str], answer: Answer, contacts: Contacts) -> Words:
    """Says back what was written down, so that a wrong digit is seen."""
    text = {Answer.TAKEN: _("Noted: %(times)s taken."), Answer.SKIPPED: _("Noted: %(times)s skipped.")}[answer]
    return _say(language, contacts, text, times)


def noted_late(language: str, times: Sequence[str], answer: Answer, contacts: Contacts) -> Words:
    """The same for an answer after its window, which may have been meant for another dose."""
    text = {
        Answer.TAKEN: _("Noted late: %(times)s taken. If that is wrong, open companion or call %(clinic)s."),
        Answer.SKIPPED: _("Noted late: %(times)s skipped. If that is wrong, open companion or call %(clinic)s."),
    }[answer]
    return _say(language, contacts, text, times)


def noted_rest(language: str, times: Sequence[str], answer: Answer, contacts: Contacts) -> Words:
    """The same where a medicine of that time had another answer already, which stands."""
    text = {
        Answer.TAKEN: _("Noted: %(times)s taken. What you answered before about a medicine of that time stays."),
        Answer.SKIPPED: _("Noted: %(times)s skipped. What you answered before about a medicine of that time stays."),
    }[answer]
    return _say(language, contacts, text, times)


def noted_unread(language: str, times: Sequence[str], contacts: Contacts) -> Words:
    """Taken, though a change of the dose was not read yet."""
    text = _("Noted: %(times)s taken. But your dose changed: open companion or call %(clinic)s before the next one.")
    return _say(language, contacts, text, times)


def already_noted(language: str, times: Sequence[str], answer: Answer, contacts: Contacts) -> Words:
    """An answer that contradicts an earlier one changes nothing."""
    text = {
        Answer.TAKEN: _("%(times)s is already noted as taken. To correct it open companion or call %(clinic)s."),
        Answer.SKIPPED: _("%(times)s is already noted as skipped. To correct it open companion or call %(clinic)s."),
    }[answer]
    return _say(language, contacts, text, times)


def snoozed(language: str, times: Sequence[str], again: str, contacts: Contacts) -> Words:
    """`again`: the local time of the next reminder."""
    text = _("Noted: we will remind you of %(times)s again at %(again)s.")
    return _say(language, contacts, text, times, again=[again])


def change_confirmed(language: str, contacts: Contacts) -> Words:
    """A changed dose was said back rightly. No amount is named."""
    return _say(language, contacts, _("Thank you, that is right. From now on the new dose counts."))


def change_ask_day(language: str, contacts: Contacts) -> Words:
    """The amount was right, and no day was named."""
    return _say(language, contacts, _("Thank you, the dose is right. And from which day? Reply today or tomorrow."))


def change_ask_again(language: str, contacts: Contacts) -> Words:
    """The first wrong answer."""
    text = _("Not quite. Please read the change once more in companion or call %(clinic)s, then reply again.")
    return _say(language, contacts, text)


def change_ask_nurse(language: str, contacts: Contacts) -> Words:
    """Another wrong answer."""
    text = _(
        "That is not the new dose. Somebody from the clinic will call you. Or call %(clinic)s before your next dose."
    )
    return _say(language, contacts, text)


def noted_read(language: str, contacts: Contacts) -> Words:
    """That a change was taken back was read."""
    return _say(language, contacts, _("Thank you. The clinic knows that you have read it."))


def clinic_noted(language: str, contacts: Contacts) -> Words:
    """A doctor read what was written. These three never speak of a dose: what advises one goes another way."""
    return _say(language, contacts, _("Your clinic has read your text and noted it. Thank you."))


def pharmacist_news(language: str, contacts: Contacts) -> Words:
    """What it is stands behind the sign-in."""
    text = _("There is news about your question to the pharmacist. You find it on your pages: Ask the pharmacist.")
    return _say(language, contacts, text)


def clinic_calls(language: str, contacts: Contacts) -> Words:
    return _say(language, contacts, _("Your clinic has read your text. Somebody will call you."))


def clinic_asks_call(language: str, contacts: Contacts) -> Words:
    return _say(language, contacts, _("Your clinic has read your text. Please call %(clinic)s."))


def not_understood(language: str, contacts: Contacts) -> Words:
    text = _("We did not understand. Reply 1 taken, 2 later, 3 skip, or call %(clinic)s.")
    return _say(language, contacts, text, aloud=(_("We did not understand."), BY_KEYS))


def help_text(language: str, contacts: Contacts) -> Words:
    text = _("Medicine reminders: reply 1 taken, 2 later, 3 skip. Questions: call %(clinic)s.")
    return _say(language, contacts, text, aloud=(BY_KEYS, _("Questions: call %(clinic)s.")))


def no_open_dose(language: str, contacts: Contacts) -> Words:
    text = _("No medicine is waiting for an answer now. Questions: call %(clinic)s.")
    return _say(language, contacts, text)


def linked(language: str, contacts: Contacts) -> Words:
    """To an account that was just made an address."""
    return tell(language, contacts, _("Your messages"), _("This account is linked: you get our messages here."))


def opted_in(language: str, contacts: Contacts) -> Words:
    return _say(language, contacts, _("You will get our texts again."))
