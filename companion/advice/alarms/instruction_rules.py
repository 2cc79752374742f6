"""What a text about an urgent event may say before a clinician can sign it. Pure.

It names whom to call, never an amount of medicine, and fits one text message with names and numbers of usual length.
"""

import re
from collections.abc import Mapping

from companion.errors import BadInput
from companion.messages.segments import is_one_segment
from companion.messages.wording import Contacts, urgent_reading


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


TEXTS = ("patient_en", "patient_zh", "caregiver_en", "caregiver_zh")
"""The fields of an instruction: who reads it, and in which language."""

NUMBERS = frozenset({"clinic", "emergency"})
NAME = "name"
SOMEBODY = {"en": "Elizabeth Montgomery", "zh": "欧阳秀英"}
"""A caregiver reads of somebody whose first name is as long as most."""

AMOUNT_OF_MEDICINE = re.compile(
    r"(\d|\b(a|an|one|two|three|four|half|double|extra)\b|[一二两三四半双])\s*(of\s+(a|an)\s+)?"
    r"((u|iu|units?|mg|mcg|µg|ug|ml|tablets?|pills?|doses?|injections?)\b|单位|毫克|微克|毫升|片|粒|倍剂量|针)",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def checked_texts(texts: Mapping[str, str], contacts: Contacts) -> dict[str, str]:
    """The texts, trimmed. Raises BadInput naming the field that cannot be sent, and why."""
    return {field: _checked(field, " ".join(texts.get(field, "").split()), contacts) for field in TEXTS}


def _checked(field: str, text: str, contacts: Contacts) -> str:
    reader, _sign, language = field.partition("_")
    allowed = NUMBERS | ({NAME} if reader == "caregiver" else set())
    names = set(PLACEHOLDER.findall(text))
    if not names & NUMBERS:
        raise BadInput(
            _("names nobody to call"), where=field, advice=_("write %(clinic)s or %(emergency)s where it belongs")
        )
    if not names <= allowed or "%" in PLACEHOLDER.sub("", text):
        raise BadInput(
            _("has a placeholder that cannot be filled in"),
            where=field,
            advice=_("write only %(clinic)s and %(emergency)s, and %(name)s to a caregiver"),
        )
    if AMOUNT_OF_MEDICINE.search(text):
        raise BadInput(_("names an amount of medicine"), where=field, advice=_("no dose may ever stand in such a text"))
    if not is_one_segment(_filled(language, text, contacts, reader)):
        raise BadInput(_("does not fit one text message"), where=field, advice=_("write fewer words"))
    return text


def _filled(language: str, text: str, contacts: Contacts, reader: str) -> str:
    somebody = SOMEBODY[language] if reader == "caregiver" else None
    return urgent_reading(language, text, contacts, patient=somebody).text
