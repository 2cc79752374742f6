"""What cannot wait: what to do now, to the patient or to a caregiver. Pure.

The texts here are drafts. What is sent is a version that a clinician signed (`instructions`); without one only
that something needs attention, and whom to call.
"""

from collections.abc import Mapping
from typing import NamedTuple

from companion.i18n import translate
from companion.messages.wording.said import Contacts, Words, first_name, tell


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


TITLE = _("Please act now")
TITLE_ABOUT = _("%(name)s: please act now")
NEUTRAL = _("A value or what you told us needs attention. Please call %(clinic)s now. In an emergency: %(emergency)s.")
NEUTRAL_ABOUT = _("%(name)s: something needs attention. Please call %(clinic)s now. In an emergency: %(emergency)s.")


class Draft(NamedTuple):
    """A text to the patient and one to a caregiver."""

    patient: str
    caregiver: str


# 15 g of sugar and a second measurement after 15 minutes: protocols.yaml, urgent_thresholds.hypo_l1. All else is plain
# first aid from memory: a clinician reads it before it is sent.
DRAFTS: Mapping[str, Draft] = {
    "hypo": Draft(
        _(
            "Your sugar is too low. Take 15 g of sugar now, like a small glass of juice. Measure again in 15 minutes."
            " No better: call %(emergency)s."
        ),
        _(
            "%(name)s: sugar too low. Give 15 g of sugar, like a small glass of juice. Measure again in 15 minutes."
            " Not awake: call %(emergency)s."
        ),
    ),
    "hypo_l3": Draft(
        _(
            "Your sugar may be dangerously low. Call %(emergency)s now and do not stay alone. If you can swallow,"
            " take sugar or juice."
        ),
        _(
            "%(name)s: sugar may be dangerously low. Call %(emergency)s now. Awake: give sugar or juice."
            " Not awake: nothing by mouth."
        ),
    ),
    "hyper": Draft(
        _(
            "Your sugar is very high. Drink water, measure ketones if you can, call %(clinic)s today."
            " Vomiting or drowsy: call %(emergency)s. No extra medicine."
        ),
        _(
            "%(name)s: sugar very high. Please call %(clinic)s today. No extra medicine."
            " Vomiting or drowsy: call %(emergency)s."
        ),
    ),
    "ketones_watch": Draft(
        _(
            "Your ketones are raised. Drink water, measure again in 2 hours. Worse, vomiting or drowsy:"
            " call %(clinic)s or %(emergency)s."
        ),
        _(
            "%(name)s: ketones raised. Drinking water helps; measure again in 2 hours."
            " Worse or vomiting: call %(clinic)s or %(emergency)s."
        ),
    ),
    "ketones_high": Draft(
        _(
            "Your ketones are high. Call %(clinic)s now. Drink water. Vomiting, drowsy or breathing fast:"
            " call %(emergency)s."
        ),
        _(
            "%(name)s: ketones high. Please call %(clinic)s now. Vomiting, drowsy or breathing fast:"
            " call %(emergency)s."
        ),
    ),
    "ketones_emergency": Draft(
        _("Your ketones are dangerously high. Call %(emergency)s now and do not stay alone."),
        _("%(name)s: ketones dangerously high. Call %(emergency)s now and stay there."),
    ),
    "bp_emergency": Draft(
        _(
            "Your blood pressure is dangerously high. Call %(emergency)s now. Sit down, do not stay alone,"
            " take no extra medicine."
        ),
        _("%(name)s: blood pressure dangerously high. Call %(emergency)s now and stay there. No extra medicine."),
    ),
    "bp_severe": Draft(
        _(
            "Your blood pressure is very high. Rest, call %(clinic)s today. Chest pain, weakness or trouble"
            " speaking: call %(emergency)s."
        ),
        _(
            "%(name)s: blood pressure very high. Please call %(clinic)s today. Chest pain, weakness or trouble"
            " speaking: call %(emergency)s."
        ),
    ),
    "bp_low": Draft(
        _(
            "Your blood pressure is low. Lie down, rise slowly, call %(clinic)s today. If you faint or feel worse:"
            " call %(emergency)s."
        ),
        _(
            "%(name)s: blood pressure low. Lying down helps. Please call %(clinic)s today. Fainted or worse:"
            " call %(emergency)s."
        ),
    ),
    "ill": Draft(
        _(
            "You feel ill. Drink water, measure more often, call %(clinic)s today. Cannot keep water down or drowsy:"
            " call %(emergency)s."
        ),
        _("%(name)s feels ill. Please look in and call %(clinic)s today. Drowsy or confused: call %(emergency)s."),
    ),
    "dizzy": Draft(
        _(
            "You feel dizzy. Sit or lie down, rise slowly, measure if you can. Call %(clinic)s today. If you faint:"
            " call %(emergency)s."
        ),
        _("%(name)s feels dizzy. Please look in and call %(clinic)s today. Fainted or worse: call %(emergency)s."),
    ),
    "fall": Draft(
        _(
            "You had a fall. Rest, do not stay alone, call %(clinic)s today. Head hit, strong pain or confused:"
            " call %(emergency)s now."
        ),
        _("%(name)s had a fall. Please look in and call %(clinic)s today. Head hit or confused: call %(emergency)s."),
    ),
    "symptoms": Draft(
        _("This can be an emergency. Call %(emergency)s now. Sit down and do not stay alone."),
        _("%(name)s has signs of an emergency. Call %(emergency)s now and stay there."),
    ),
}
KIND_OF = {
    "hypo_l1": "hypo",
    "hypo_l2": "hypo",
    "hypo_l3": "hypo_l3",
    "hyper": "hyper",
    "hyper_severe": "hyper",
    "ketones_watch": "ketones_watch",
    "ketones_high": "ketones_high",
    "ketones_emergency": "ketones_emergency",
    "bp_emergency": "bp_emergency",
    "bp_severe": "bp_severe",
    "bp_low": "bp_low",
    "ill": "ill",
    "vomiting": "ill",
    "dizzy": "dizzy",
    "fall": "fall",
    "symptoms": "symptoms",
}
"""What a text is about, for each of the urgent events (`advice.alarms.episodes`): some ask for the same."""


def draft_in(language: str, about: str) -> Draft:
    """The drafted texts in that language, their placeholders still open."""
    return Draft(*(translate(language, text) for text in DRAFTS[about]))


def urgent_reading(language: str, instruction: str, contacts: Contacts, *, patient: str | None = None) -> Words:
    """A signed instruction in that language, to the patient themselves, or to a caregiver when `patient` is named."""
    return _tell(language, instruction, contacts, patient)


def needs_attention(language: str, contacts: Contacts, *, patient: str | None = None) -> Words:
    """All that is said where no clinician signed what to do: no treatment, only whom to call."""
    return _tell(language, NEUTRAL if patient is None else NEUTRAL_ABOUT, contacts, patient)


def urgent_task(language: str, contacts: Contacts) -> Words:
    """To somebody at the clinic: an urgent task waits. Whose, and why, stands behind the sign-in."""
    text = _("Urgent: a task waits at the clinic, and nobody has taken it. Please sign in to companion now.")
    return tell(language, contacts, _("An urgent task waits"), text)


def _tell(language: str, sentence: str, contacts: Contacts, patient: str | None) -> Words:
    if patient is None:
        return tell(language, contacts, TITLE, sentence)
    return tell(language, contacts, TITLE_ABOUT, sentence, name=first_name(patient))
