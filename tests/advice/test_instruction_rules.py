"""What a text about an urgent event may say."""

import pytest

from companion.advice.alarms.instruction_rules import TEXTS, checked_texts
from companion.advice.alarms.instructions import ABOUT, shipped_texts
from companion.errors import BadInput
from companion.messages.wording import Contacts

CONTACTS = Contacts("+86 10 6234 5678", "120 / 112 / 911")


@pytest.mark.parametrize("about", ABOUT)
def test_the_drafts_that_come_with_the_product_could_be_signed(about: str) -> None:
    texts = shipped_texts(about)

    assert checked_texts(texts, CONTACTS) == texts
    assert set(texts) == set(TEXTS)


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("patient_en", "Drink water.", "names nobody to call"),
        ("patient_en", "%(name)s, call %(clinic)s.", "cannot be filled in"),
        ("patient_en", "Call %(clinic)s. 100% sure.", "cannot be filled in"),
        ("caregiver_en", "%(dose)s: call %(clinic)s.", "cannot be filled in"),
        ("patient_en", "Take 4 units and call %(clinic)s.", "amount of medicine"),
        ("patient_en", "Take 4U. Call %(clinic)s.", "amount of medicine"),
        ("patient_en", "Take half a tablet. Call %(clinic)s.", "amount of medicine"),
        ("patient_en", "Take an extra dose. Call %(clinic)s.", "amount of medicine"),
        ("patient_zh", "请注射 4 单位，致电 %(clinic)s。", "amount of medicine"),
        ("patient_zh", "请服半片，致电 %(clinic)s。", "amount of medicine"),
        ("patient_en", "Call %(clinic)s. " + "Rest. " * 30, "does not fit"),
        ("caregiver_zh", "%(name)s：致电 %(clinic)s。" + "请休息。" * 15, "does not fit"),
        ("caregiver_zh", "", "names nobody"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(field: str, text: str, why: str) -> None:
    texts = shipped_texts("hypo") | {field: text}

    with pytest.raises(BadInput, match=why) as refused:
        checked_texts(texts, CONTACTS)

    assert refused.value.where == field


def test_sugar_is_no_medicine_and_spaces_are_put_right() -> None:
    texts = shipped_texts("hypo") | {"patient_en": "  Take 15 g of sugar.\n Call  %(emergency)s. "}

    assert checked_texts(texts, CONTACTS)["patient_en"] == "Take 15 g of sugar. Call %(emergency)s."
