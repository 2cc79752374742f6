"""Every text the service sends, in the recipient's language. Pure.

A text message is read by whoever holds the phone: no medicine, no amount, no value, no link; people by first name.
Each text fits one SMS segment (160 GSM-7 characters in English, 70 in Chinese) with names and numbers of usual
length. The answers are digits, because providers act on words like STOP, CANCEL or YES themselves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from companion.i18n import translate

LONGEST_NAME = 20
"""A longer name is cut, so that it cannot push the instructions out of the segment."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """Whom to call: the clinic's number (may be empty) and the emergency services'."""

    clinic_phone: str
    emergency_number: str


class Wording(StrEnum):
    """How a plain reminder is put. Nothing else has more than one wording."""

    STANDARD = "standard"
    THANKS = "thanks"
    STEP = "step"


class Answer(StrEnum):
    """How a dose was answered, as far as words go."""

    TAKEN = "taken"
    SKIPPED = "skipped"


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


# Reminders, to the patient


_REMINDERS = {
    Wording.STANDARD: _("Time for your %(times)s medicine. Reply 1 taken, 2 later, 3 skip."),
    Wording.THANKS: _(
        "Thank you for looking after yourself. Time for your %(times)s medicine. Reply 1 taken, 2 later, 3 skip."
    ),
    Wording.STEP: _("A small step for your health: time for your %(times)s medicine. Reply 1 taken, 2 later, 3 skip."),
}


def reminder(
    language: str,
    times: Sequence[str],
    contacts: Contacts,
    *,
    has_changed: bool = False,
    put: Wording = Wording.STANDARD,
) -> str:
    """Doses due at these local times ("08:00"). `has_changed`: a change awaits the patient's confirmation, and that is
    never put in another way."""
    text = _REMINDERS[put]
    if has_changed:
        text = _(
            "Your %(times)s medicine: dose changed, check first. Open companion or call %(clinic)s."
            " Then reply 1 taken, 3 skip."
        )
    return _say(language, text, contacts, times=_listed(language, times))


# About a dose, to a caregiver


def missed_dose(language: str, patient: str, time: str, contacts: Contacts) -> str:
    """The reminder arrived and the window passed without an answer."""
    text = _("%(name)s has not confirmed the %(time)s medicine. Please ask how it went. Never double a dose.")
    return _say(language, text, contacts, name=first_name(patient), time=time)


def not_reached(language: str, patient: str, time: str, contacts: Contacts) -> str:
    """No reminder arrived: nothing is known about the dose, and nothing may be said about the patient."""
    text = _(
        "We could not reach %(name)s, so we do not know about the %(time)s medicine. Please ask. Never double a dose."
    )
    return _say(language, text, contacts, name=first_name(patient), time=time)


def missed_several(
    language: str, patient: str, count: int, first: str, last: str, contacts: Contacts, *, reached: bool
) -> str:
    """Several times of day at once. `reached`: a reminder of at least one arrived."""
    text = _(
        "We could not reach %(name)s: %(count)s medicines, %(first)s to %(last)s. Please ask. Never double a dose."
    )
    if reached:
        text = _(
            "%(name)s has not confirmed %(count)s medicines, %(first)s to %(last)s. Please ask. Never double a dose."
        )
    return _say(language, text, contacts, name=first_name(patient), count=str(count), first=first, last=last)


def daily_digest(language: str, patient: str, taken: int, skipped: int, missed: int, contacts: Contacts) -> str:
    """How the doses of the last 24 hours went, `missed` with those of which nothing is known."""
    text = _(
        "%(name)s, last 24 hours: %(taken)s taken, %(skipped)s skipped, %(missed)s not confirmed. More on your page."
    )
    counts = {"taken": str(taken), "skipped": str(skipped), "missed": str(missed)}
    return _say(language, text, contacts, name=first_name(patient), **counts)


def late_answer(language: str, patient: str, time: str, answer: Answer, contacts: Contacts) -> str:
    """What was told as missed has been answered after all."""
    text = {
        Answer.TAKEN: _("%(name)s has answered now: the %(time)s medicine was taken."),
        Answer.SKIPPED: _("%(name)s has answered now: the %(time)s medicine was skipped."),
    }[answer]
    return _say(language, text, contacts, name=first_name(patient), time=time)


# An approved change, to the patient


def advice(language: str, doctor: str, contacts: Contacts) -> str:
    """That something was changed and by whom; what it is stands behind the sign-in."""
    text = _(
        "Dr %(doctor)s has changed one of your medicines. Before your next dose open companion or call %(clinic)s."
    )
    return _say(language, text, contacts, doctor=_without_title(doctor))


# Packs


def refill(language: str, contacts: Contacts, *, patient: str | None = None) -> str:
    """A medicine runs low: to the patient themselves, or to a caregiver when `patient` is named."""
    if patient is None:
        text = _("One of your medicines will soon run out. Your refill list is in companion, or call %(clinic)s.")
        return _say(language, text, contacts)
    text = _("%(name)s: a medicine will soon run out. Please help to get more. Questions: call %(clinic)s.")
    return _say(language, text, contacts, name=first_name(patient))


# Readings that cannot wait

_TO_PATIENT = {
    "hypo": _(
        "Your sugar is too low. Take 15 g of sugar now, like a small glass of juice. Measure again in 15 minutes."
        " No better: call %(emergency)s."
    ),
    "hypo_l3": _(
        "Your sugar may be dangerously low. Call %(emergency)s now and do not stay alone. If you can swallow,"
        " take sugar or juice."
    ),
    "hyper": _(
        "Your sugar is very high. Drink water, call %(clinic)s today. No extra medicine on your own."
        " Vomiting or drowsy: call %(emergency)s."
    ),
    "bp_emergency": _(
        "Your blood pressure is dangerously high. Call %(emergency)s now. Sit down, do not stay alone,"
        " take no extra medicine."
    ),
    "bp_severe": _(
        "Your blood pressure is very high. Rest, call %(clinic)s today. Chest pain, weakness or trouble"
        " speaking: call %(emergency)s."
    ),
    "bp_low": _(
        "Your blood pressure is low. Lie down, rise slowly, call %(clinic)s today. If you faint or feel worse:"
        " call %(emergency)s."
    ),
}
_TO_CAREGIVER = {
    "hypo": _(
        "%(name)s: sugar too low. Give 15 g of sugar, like a small glass of juice. Measure again in 15 minutes."
        " Not awake: call %(emergency)s."
    ),
    "hypo_l3": _(
        "%(name)s: sugar may be dangerously low. Call %(emergency)s now. Awake: give sugar or juice."
        " Not awake: nothing by mouth."
    ),
    "hyper": _(
        "%(name)s: sugar very high. Please call %(clinic)s today. No extra medicine."
        " Vomiting or drowsy: call %(emergency)s."
    ),
    "bp_emergency": _(
        "%(name)s: blood pressure dangerously high. Call %(emergency)s now and stay there. No extra medicine."
    ),
    "bp_severe": _(
        "%(name)s: blood pressure very high. Please call %(clinic)s today. Chest pain, weakness or trouble"
        " speaking: call %(emergency)s."
    ),
    "bp_low": _(
        "%(name)s: blood pressure low. Lying down helps. Please call %(clinic)s today. Fainted or worse:"
        " call %(emergency)s."
    ),
}
_KIND = {
    "hypo_l1": "hypo",
    "hypo_l2": "hypo",
    "hypo_l3": "hypo_l3",
    "hyper": "hyper",
    "hyper_severe": "hyper",
    "bp_emergency": "bp_emergency",
    "bp_severe": "bp_severe",
    "bp_low": "bp_low",
}
"""What to do about each of the protocols' urgent thresholds: some ask for the same."""

URGENT_EVENTS = frozenset(_KIND)


def urgent_reading(language: str, event: str, contacts: Contacts, *, patient: str | None = None) -> str:
    """Fixed instructions for an urgent threshold (its id in the protocols), to the patient themselves, or to a
    caregiver when `patient` is named.

    15 g of sugar and a second measurement after 15 minutes: protocols.yaml, urgent_thresholds.hypo_l1.
    """
    kind = _KIND[event]
    if patient is None:
        return _say(language, _TO_PATIENT[kind], contacts)
    return _say(language, _TO_CAREGIVER[kind], contacts, name=first_name(patient))


# Echoes of a reply


def noted(language: str, times: Sequence[str], answer: Answer, contacts: Contacts) -> str:
    """Says back what was written down, so that a wrong digit is seen."""
    text = {Answer.TAKEN: _("Noted: %(times)s taken."), Answer.SKIPPED: _("Noted: %(times)s skipped.")}[answer]
    return _say(language, text, contacts, times=_listed(language, times))


def noted_late(language: str, times: Sequence[str], answer: Answer, contacts: Contacts) -> str:
    """The same for an answer after its window, which may have been meant for another dose."""
    text = {
        Answer.TAKEN: _("Noted late: %(times)s taken. If that is wrong, open companion or call %(clinic)s."),
        Answer.SKIPPED: _("Noted late: %(times)s skipped. If that is wrong, open companion or call %(clinic)s."),
    }[answer]
    return _say(language, text, contacts, times=_listed(language, times))


def noted_rest(language: str, times: Sequence[str], answer: Answer, contacts: Contacts) -> str:
    """The same where a medicine of that time had another answer already, which stands."""
    text = {
        Answer.TAKEN: _("Noted: %(times)s taken. What you answered before about a medicine of that time stays."),
        Answer.SKIPPED: _("Noted: %(times)s skipped. What you answered before about a medicine of that time stays."),
    }[answer]
    return _say(language, text, contacts, times=_listed(language, times))


def noted_unread(language: str, times: Sequence[str], contacts: Contacts) -> str:
    """Taken, though a change of the dose was not read yet."""
    text = _("Noted: %(times)s taken. But your dose changed: open companion or call %(clinic)s before the next one.")
    return _say(language, text, contacts, times=_listed(language, times))


def already_noted(language: str, times: Sequence[str], answer: Answer, contacts: Contacts) -> str:
    """An answer that contradicts an earlier one changes nothing."""
    text = {
        Answer.TAKEN: _("%(times)s is already noted as taken. To correct it open companion or call %(clinic)s."),
        Answer.SKIPPED: _("%(times)s is already noted as skipped. To correct it open companion or call %(clinic)s."),
    }[answer]
    return _say(language, text, contacts, times=_listed(language, times))


def snoozed(language: str, times: Sequence[str], again: str, contacts: Contacts) -> str:
    """`again`: the local time of the next reminder."""
    text = _("Noted: we will remind you of %(times)s again at %(again)s.")
    return _say(language, text, contacts, times=_listed(language, times), again=again)


def not_understood(language: str, contacts: Contacts) -> str:
    text = _("We did not understand. Reply 1 taken, 2 later, 3 skip, or call %(clinic)s.")
    return _say(language, text, contacts)


def help_text(language: str, contacts: Contacts) -> str:
    text = _("Medicine reminders: reply 1 taken, 2 later, 3 skip. Questions: call %(clinic)s.")
    return _say(language, text, contacts)


def no_open_dose(language: str, contacts: Contacts) -> str:
    text = _("No medicine is waiting for an answer now. Questions: call %(clinic)s.")
    return _say(language, text, contacts)


def opted_out(language: str, contacts: Contacts) -> str:
    text = _("You will get no more texts from us. To get them again, reply START.")
    return _say(language, text, contacts)


def opted_in(language: str, contacts: Contacts) -> str:
    return _say(language, _("You will get our texts again."), contacts)


# Names and numbers


def first_name(name: str) -> str:
    """ "Anna Maria Berg" → "Anna"; a Chinese name loses its family name: "王秀英" → "秀英"."""
    if re.fullmatch(r"[\u4e00-\u9fff]{2,4}", name):
        return name[2:] if len(name) == 4 else name[1:]
    return name.split()[0][:LONGEST_NAME]


def _without_title(doctor: str) -> str:
    """The texts say "Dr" themselves."""
    return re.sub(r"^Dr\.?\s+|\s*医生$", "", doctor)[:LONGEST_NAME]


def _listed(language: str, times: Sequence[str]) -> str:
    return translate(language, _(", ")).join(times)


def _say(language: str, text: str, contacts: Contacts, **values: str) -> str:
    return translate(language, text, clinic=_clinic(language, contacts), emergency=contacts.emergency_number, **values)


def _clinic(language: str, contacts: Contacts) -> str:
    """The number to call, or only the word where no number is set."""
    return contacts.clinic_phone or translate(language, _("the clinic"))
