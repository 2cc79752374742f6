"""cases.md, "assess: the case": what is read, and what is refused with its path."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from companion.advice.assessing.case import FLAGS
from companion.advice.assessing.case_json import TARGET_PROFILES, read
from companion.errors import BadInput
from tests.advice.builders import assessed, case_of, fasting, glucose, outcome_of, plain, pressure


@pytest.mark.parametrize("flag", sorted(FLAGS))
def test_every_flag_of_the_vocabulary_is_read(flag: str) -> None:
    case = case_of(plain(**{"patient.flags": [flag]}))

    assert case.patient.flags == {flag}


@pytest.mark.parametrize("profile", TARGET_PROFILES)
def test_targets_profile_is_a_key_of_targets(profile: str) -> None:
    case = case_of(plain(**{"plan.targets_profile": profile}))

    assert case.plan.targets_profile == profile


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("patient.flags", ["tired"]),
        ("patient.flags", "acute_illness"),
        ("patient.shoe_size", 43),
        ("patient.age", True),
        ("patient.age", "sixty"),
        ("patient.age", -1),
        ("patient.weight_kg", 0),
        ("patient.weight_kg", [80]),
        ("patient.pregnant", "false"),
        ("patient.pregnant", 0),
        ("patient.frailty", "frail"),
        ("patient.egfr_on", "10.01.2026"),
        ("patient.egfr_on", "2026-02-30"),
        ("patient", None),
        ("zone", "Mars/Olympus"),
        ("zone", 8),
        ("now", "2026-03-10T14:00:00"),
        ("now", 1773151200),
        ("now", "0001-01-01T00:00:00Z"),
        ("plan", None),
        ("plan.protocol", None),
        ("plan.protocol", 7),
        ("plan.target_high", "high"),
        ("plan.target_low", 131),
        ("plan.targets_profile", "ada"),
        ("plan.signed_by", 12),
        ("plan.signed_at", "2026-03-01"),
        ("plan.steps", [{"drug": "ramipril", "drug_class": "acei", "amount": 5, "unit": "mg"}]),
        ("plan.approved", True),
        ("plan.version", "1\n2"),
        ("regimens[0].drug", "\ud800"),
        ("regimens[0].id", ""),
        ("zone", ""),
        ("zone", "../UTC"),
        ("regimens[0].amount", -1),
        ("regimens[0].amount", None),
        ("regimens[0].amount", "1_6"),
        ("regimens[0].amount", " 16"),
        ("regimens[0].amount", "NaN"),
        ("regimens[0].times", ["9 pm"]),
        ("regimens[0].times", "21:00"),
        ("regimens[0].times", ["21:00\n"]),
        ("regimens[0].times", ["２１:00"]),
        ("regimens[0].open_suggestion", "no"),
        ("regimens[0].history", [{"on": "2026-03-01", "amount": 12}, {"on": "2026-02-01", "amount": 16}]),
        ("regimens[0].history", [{"on": "2026-02-01", "amount": 15}]),
        ("regimens[0].history", [{"on": "2026-02-01", "amount": 16, "by": "me"}]),
        ("readings[0].meal", "breakfast"),
        ("readings[0].metric", "weight"),
        ("readings[0].metric", None),
        ("readings[0].cause", "stress"),
        ("readings[0].control", 1),
        ("readings[0].mmol_l", 8.3),
        ("readings[0].mg_dl", None),
        ("readings[0].device_limit", "HI"),
        ("readings[0].systolic", 120),
        ("readings[0].at", "yesterday"),
        ("doses[0].state", "late"),
        ("doses[0].due_at", None),
        ("doses[0].amount", 16),
    ],
)
def test_an_unknown_or_ill_typed_key_is_refused_with_its_path(path: str, value: Any) -> None:
    raw = plain(**{path: value})

    with pytest.raises(BadInput) as refused:
        case_of(raw)

    assert refused.value.where.startswith(path.split("[")[0].split(".")[0])


def test_the_path_names_the_place_exactly() -> None:
    with pytest.raises(BadInput, match=r"patient\.flags\[1\]: 'tired' is not a flag"):
        case_of(plain(**{"patient.flags": ["dialysis", "tired"]}))


def test_a_refusal_is_one_line_whatever_the_key_is() -> None:
    with pytest.raises(BadInput, match=r"patient\.'a\\nb'") as refused:
        case_of(plain(patient={"a\nb": 1}))

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("key", ["now", "zone", "patient", "regimens", "plan"])
def test_a_case_without_its_head_is_refused(key: str) -> None:
    raw = plain()
    del raw[key]

    with pytest.raises(BadInput, match=key):
        case_of(raw)


@pytest.mark.parametrize("text", ["", " ", "[]", "null", "{", '{"now": NaN}', '{"now": 1, "now": 2}', "[" * 100_000])
def test_what_is_no_single_json_object_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read(text)


@pytest.mark.parametrize("number", ["1e400", "1e-400", "1" * 7, "0." + "1" * 21, "1e999999999999999999999"])
def test_a_number_no_case_can_hold_is_refused(number: str) -> None:
    text = json.dumps(plain(**{"patient.weight_kg": "here"})).replace('"here"', number)

    with pytest.raises(BadInput):
        read(text)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda raw: raw["regimens"].append(raw["regimens"][0]),
        lambda raw: raw["plan"].update(protocol="basal.unknown"),
        lambda raw: raw["regimens"][0].update(drug_class="metformin", unit="mg"),
        lambda raw: raw["regimens"][0].update(unit="mL"),
        lambda raw: raw.update(regimens=[]),
    ],
)
def test_what_the_protocol_cannot_be_run_on_is_refused(break_it: Callable[[dict[str, Any]], Any]) -> None:
    raw = plain()
    break_it(raw)

    with pytest.raises(BadInput):
        outcome_of(raw)


def test_a_plans_step_may_name_a_drug_the_patient_takes() -> None:
    step = {"drug": "insulin glargine", "drug_class": "basal_insulin", "amount": "18", "unit": "U"}

    case = case_of(plain(**{"plan.steps": [step], "plan.target": {"systolic": 130, "diastolic": 80}}))

    assert [s.drug for s in case.plan.steps] == ["insulin glargine"]


@pytest.mark.parametrize("number", [80, "80", 80.0, "80.00"])
def test_numbers_may_be_json_numbers_or_decimal_strings(number: Any) -> None:
    found = assessed(**{"patient.weight_kg": number, "plan.target_high": str(130), "readings[0].mg_dl": "150.0"})

    assert found == assessed()


def test_what_is_left_out_of_a_patient_is_null() -> None:
    found = assessed(patient={})

    assert found["asks"] == [
        "order_labs",
        "missing:age",
        "missing:weight_kg",
        "missing:diabetes_type",
        "missing:pregnant",
    ]


def test_open_suggestion_and_history_and_experience_may_be_absent() -> None:
    case = case_of(plain())

    assert (case.regimens[0].has_open_suggestion, case.regimens[0].history) == (False, ())
    assert (case.plan.hbpm_experience_days, case.plan.signed_at) == (0, None)


def test_blood_pressure_may_stand_in_a_glucose_case() -> None:
    found = assessed(readings=[*fasting(150, 148, 155), pressure(30, 142, 88), glucose(40, 120, "after_meal")])

    assert found["outcome"] == "proposal"
