"""What doctors read: figures as a device rounds them, and urgent texts without a raw `%(…)s`."""

from decimal import Decimal

import pytest

from companion.advice.alarms.instructions import ABOUT, shipped_texts
from companion.web.charting.shown_glucose import in_both_units
from companion.web.in_words.instruction_words import text_shown


@pytest.mark.parametrize(
    ("mean", "limit", "shown"),
    [
        ("154.3333", "130", "154 mg/dL (8.6 mmol/L)"),
        ("130", "130", "130 mg/dL (7.2 mmol/L)"),
        ("130.3333", "130", "130.3 mg/dL (7.2 mmol/L)"),  # above the limit: never told as on it
        ("69.6", "70", "69.6 mg/dL (3.9 mmol/L)"),
        ("154.3333", None, "154 mg/dL (8.6 mmol/L)"),
    ],
)
def test_a_mean_is_rounded_as_a_device_does_but_never_onto_its_limit(mean: str, limit: str | None, shown: str) -> None:
    assert in_both_units(Decimal(mean), None if limit is None else Decimal(limit)) == shown


@pytest.mark.parametrize("about", sorted(ABOUT))
def test_who_signs_an_urgent_text_reads_marked_places(about: str) -> None:
    shipped = shipped_texts(about)

    shown = {field: text_shown(text, field[-2:]) for field, text in shipped.items()}

    assert not [text for text in shown.values() if "%(" in text]
    assert all(
        "[急救电话]" in shown[field] for field in shown if field == "patient_zh" and "emergency" in shipped[field]
    )


def test_the_place_of_the_emergency_number_is_marked_in_the_language_of_the_text() -> None:
    assert text_shown("Call %(emergency)s now.", "en") == "Call [the emergency number] now."
    assert text_shown("立即拨打 %(emergency)s。", "zh") == "立即拨打 [急救电话]。"
