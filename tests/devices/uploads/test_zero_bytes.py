"""Zero bytes within texts, which some databases do not keep: refused in every kind of file, and said so."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from companion.devices.uploads import read_export
from companion.devices.uploads.workbook import cell_text
from companion.errors import BadInput

AT = datetime(2026, 3, 1, 8, tzinfo=UTC).isoformat()
TIDEPOOL = {"type": "smbg", "time": AT, "units": "mg/dL", "value": 100, "deviceId": "meter", "uploadId": "u"}
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "id": "a",
    "code": {"coding": [{"system": "http://loinc.org", "code": "2339-0"}]},
    "effectiveDateTime": AT,
    "valueQuantity": {"value": 100, "code": "mg/dL"},
    "subject": {"reference": "Patient/1"},
    "device": {"display": "meter"},
}


@pytest.mark.parametrize(
    ("whole", "text"),
    [
        (json.dumps([TIDEPOOL]), "meter"),
        (json.dumps(OBSERVATION), "meter"),
        (json.dumps(OBSERVATION), "Patient/1"),
        (json.dumps({"resourceType": "Bundle", "entry": [{"resource": OBSERVATION}]}), "meter"),
    ],
)
def test_json_with_a_zero_byte_in_a_name_is_refused(whole: str, text: str) -> None:
    broken = whole.replace(f'"{text}"', f'"{text}\\u0000more"')

    assert read_export(whole.encode(), zone=None, unit=None, dates=None).readings["glucose"] == 1
    with pytest.raises(BadInput, match="zero bytes"):
        read_export(broken.encode(), zone=None, unit=None, dates=None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_text_with_a_zero_byte_is_refused(encoding: str) -> None:
    text = "time,glucose (mg/dL),device\n2026-03-01 08:00,101,me\0ter\n"

    with pytest.raises(BadInput, match="zero bytes"):
        read_export(text.encode(encoding), zone=None, unit=None, dates=None)


def test_no_cell_of_a_workbook_holds_a_zero_byte() -> None:
    with pytest.raises(BadInput, match="zero bytes"):
        cell_text("me\0ter")
