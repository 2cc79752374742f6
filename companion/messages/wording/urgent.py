"""Readings that cannot wait: fixed instructions, to the patient or to a caregiver. Pure."""

from companion.messages.wording.said import Contacts, Words, first_name, tell


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


TITLE = _("Please act now")
TITLE_ABOUT = _("%(name)s: please act now")

TO_PATIENT = {
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
TO_CAREGIVER = {
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
KIND_OF = {
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

URGENT_EVENTS = frozenset(KIND_OF)


def urgent_reading(language: str, event: str, contacts: Contacts, *, patient: str | None = None) -> Words:
    """Fixed instructions for an urgent threshold (its id in the protocols), to the patient themselves, or to a
    caregiver when `patient` is named.

    15 g of sugar and a second measurement after 15 minutes: protocols.yaml, urgent_thresholds.hypo_l1.
    """
    kind = KIND_OF[event]
    if patient is None:
        return tell(language, contacts, TITLE, TO_PATIENT[kind])
    return tell(language, contacts, TITLE_ABOUT, TO_CAREGIVER[kind], name=first_name(patient))
