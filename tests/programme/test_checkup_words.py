"""Why nothing was taken from a report is said in the reader's language, whatever the reason."""

from datetime import date
from typing import Any

import pytest

from companion.imported.labs import ON_REPORTS, observation
from companion.imported.report_table import read_table
from companion.imported.told import Refused
from companion.web.programme.checkup_words import WHY, why_text

TODAY = date(2026, 3, 4)
ROWS = """date,test,value,unit
2026-03-01,urate,6,mg/dL
2026-03-01,hba1c,7,stones
2026-03-01,hba1c,high,%
soon,hba1c,7,%
2027-03-01,hba1c,7,%
2026-03-01,hba1c,700,%
"""
HBA1C: dict[str, Any] = {
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
    "valueQuantity": {"value": 7, "unit": "%", "code": "%"},
    "effectiveDateTime": "2026-03-01",
}
BROKEN: list[dict[str, Any]] = [
    {"status": "cancelled"},
    {"code": {"coding": [{"system": "http://loinc.org", "code": "1-8"}]}},
    {"valueQuantity": {"value": 7, "code": "stone"}},
    {"valueQuantity": {"value": 7, "code": "%", "comparator": "<"}},
    {"valueQuantity": {"code": "%"}},
    {"effectiveDateTime": ""},
    {"effectiveDateTime": "2027-03-01"},
]


def is_known(why: str) -> bool:
    return any(pattern.fullmatch(why) for pattern, _said in WHY)


def test_every_reason_of_a_table_has_its_words() -> None:
    left = read_table(ROWS.encode(), TODAY).left

    assert len(left) == 6
    assert [each.why for each in left if not is_known(each.why)] == []


@pytest.mark.parametrize("broken", BROKEN)
def test_every_reason_of_a_resource_has_its_words(broken: dict[str, Any]) -> None:
    found = observation(HBA1C | broken, TODAY, "Europe/Berlin", ON_REPORTS)

    assert isinstance(found, Refused)
    assert is_known(found.reason)


def test_what_nobody_has_words_for_stands_as_it_was_kept() -> None:
    assert why_text("something else") == "something else"
