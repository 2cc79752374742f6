"""What is known now and was not when a suggestion was made."""

from typing import Any

import pytest

from companion.advice.deciding.what_changed import what_changed

EARLY, LATE = "2026-03-01 06:30:00+00:00", "2026-03-04 06:30:00+00:00"


def value(at: str, mg_dl: str = "150") -> dict[str, Any]:
    return {"at": at, "mg_dl": mg_dl, "meal": "fasting"}


def snapshot(**changed: Any) -> dict[str, Any]:
    case: dict[str, Any] = {
        "glucose": [value(EARLY)],
        "pressures": [],
        "patient": {"weight_kg": "80", "egfr": "70"},
        "collected": {"gi_symptoms": None},
        "doses": [],
        "regimens": [],
        "plan": {},
    }
    return {"case": case | changed}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, []),
        ({"glucose": [value(EARLY), value(LATE)]}, [{"what": "glucose", "n": 1, "last_at": LATE}]),
        ({"pressures": [{"at": LATE}]}, [{"what": "pressures", "n": 1, "last_at": LATE}]),
        ({"patient": {"weight_kg": "79", "egfr": "70"}}, [{"what": "patient", "names": ["weight_kg"]}]),
        ({"collected": {"gi_symptoms": True}}, [{"what": "patient", "names": ["gi_symptoms"]}]),
        (
            {"patient": {"weight_kg": "80", "egfr": "70", "flags": ["acute_illness"]}},
            [{"what": "patient", "names": ["acute_illness"]}],
        ),
        ({"doses": [{"state": "missed"}]}, [{"what": "doses"}]),
        ({"regimens": [{"id": "x"}], "plan": {"max_daily": "9"}}, [{"what": "regimens"}, {"what": "plan"}]),
    ],
)
def test_each_kind_of_data_is_told_of(changed: dict[str, Any], told: list[dict[str, Any]]) -> None:
    assert what_changed(snapshot(), snapshot(**changed)) == told


def test_a_value_that_was_set_aside_is_told_of_and_one_that_grew_too_old_is_not() -> None:
    before = snapshot(glucose=[value(EARLY), value(LATE, "140"), value(LATE)])

    grown_old = what_changed(before, snapshot(glucose=[value(LATE, "140"), value(LATE)]))
    set_aside = what_changed(before, snapshot(glucose=[value(EARLY), value(LATE)]))

    assert grown_old == []
    assert set_aside == [{"what": "glucose", "n": 0}]


def test_a_suggestion_from_before_evidence_was_kept_is_no_fault() -> None:
    assert what_changed({}, {}) == []
