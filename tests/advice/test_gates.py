"""Each gate at its limit: what closes it, what it tells, what it asks for, and what it blocks."""

from dataclasses import replace
from typing import Any

import pytest

from companion.advice.assessing.assessment import assess
from companion.advice.assessing.gates import GATES
from companion.advice.grammar import registry
from tests.advice.builders import GATE_IDS, assessed, case_of, closed, doses, fasting, gate, glucose, plain

FLAGS = "patient.flags"


def test_there_are_fifteen_in_order() -> None:
    assert [gate.id for gate in GATES] == GATE_IDS


def test_all_pass_in_the_plain_case() -> None:
    assert closed(assessed()) == []


@pytest.mark.parametrize(
    ("gate_id", "changes", "value", "limit"),
    [
        ("G01", {"doses": doses(3, missed=1)}, 0.75, 0.8),
        ("G01", {"doses": []}, None, 0.8),
        ("G02", {"patient.pregnant": True}, True, False),
        ("G02", {FLAGS: ["breastfeeding"]}, True, False),
        ("G02", {FLAGS: ["trying_to_conceive"]}, True, False),
        ("G03", {"patient.age": 17.9}, 17.9, 18),
        ("G04", {"patient.diabetes_type": "type1"}, "type1", "not type1, lada, pancreatogenic, unknown"),
        ("G04", {"patient.diabetes_type": "unknown"}, "unknown", "not type1, lada, pancreatogenic, unknown"),
        ("G05", {"regimens[0].open_suggestion": True}, "open_suggestion", 3),
        ("G05", {"regimens[0].changed_on": "2026-03-08"}, 2, 3),
        ("G06", {FLAGS: ["severe_hypo_ever_90d"]}, True, False),
        ("G06", {FLAGS: ["hypo_unawareness"]}, True, False),
        (
            "G07",
            {"readings": [*fasting(150, 148, 155), glucose(100, 69.9)], "regimens[0].changed_on": "2026-03-07"},
            69.9,
            70,
        ),
        ("G08", {FLAGS: ["acute_illness"]}, True, False),
        ("G08", {FLAGS: ["vomiting"]}, True, False),
        ("G08", {FLAGS: ["steroid_course"]}, True, False),
        ("G08", {FLAGS: ["peri_procedure"]}, True, False),
        ("G08", {FLAGS: ["hospital_stay_14d"]}, True, False),
        ("G08", {FLAGS: ["ramadan_fast"]}, True, False),
        ("G09", {FLAGS: ["urgent_event_open"]}, True, False),
        ("G10", {FLAGS: ["device_unvalidated"]}, True, False),
        ("G10", {FLAGS: ["cuffless"]}, True, False),
        ("G10", {FLAGS: ["units_ambiguous"]}, True, False),
        ("G10", {FLAGS: ["clock_skew"]}, True, False),
        ("G10", {FLAGS: ["manual_entry_majority"]}, True, False),
        ("G11", {"patient.egfr": None}, None, 365),
        ("G11", {"patient.egfr_on": None}, None, 365),
        ("G11", {"patient.egfr_on": "2025-03-09"}, 366, 365),
        ("G11", {"patient.egfr_on": "2026-03-11"}, -1, 365),
        ("G11", {"patient.egfr": 59, "patient.egfr_on": "2025-09-10"}, 181, 180),
        ("G12", {"patient.age": 75}, None, 75),
        ("G13", {FLAGS: ["two_protocols_disagree"]}, True, False),
        ("G13", {FLAGS: ["drug_list_unconfirmed_90d"]}, True, False),
        ("G14", {FLAGS: ["doctor_paused_automation"]}, True, False),
        ("G14", {FLAGS: ["patient_withdrew_consent"]}, True, False),
        (
            "G15",
            {"regimens[0].history": [{"on": "2026-01-01", "amount": "10.6"}, {"on": "2026-03-01", "amount": 16}]},
            5.4,
            5.3,
        ),
    ],
)
def test_a_gate_closes_with_its_value_and_limit_and_nothing_is_increased(
    gate_id: str, changes: dict[str, Any], value: Any, limit: Any
) -> None:
    found = assessed(**changes)

    assert closed(found) == [gate_id]
    assert gate(found, gate_id) == {"id": gate_id, "passed": False, "value": value, "limit": limit}
    assert found["action"] == "none"


@pytest.mark.parametrize(
    "changes",
    [
        {"doses": doses(4, missed=1)},
        {"patient.age": 18},
        {"regimens[0].changed_on": "2026-03-07"},
        {"readings": [*fasting(150, 148, 155), glucose(100, 70)]},
        {"patient.egfr_on": "2025-03-10"},
        {"patient.egfr": 59, "patient.egfr_on": "2025-09-11"},
        {"patient.egfr": 60, "patient.egfr_on": "2025-09-10"},
        {"patient.age": 74.9},
        {"patient.age": 75, "patient.frailty": "fit"},
        {"regimens[0].history": [{"on": "2026-01-01", "amount": "10.7"}, {"on": "2026-03-01", "amount": 16}]},
    ],
)
def test_a_gate_is_open_at_its_limit(changes: dict[str, Any]) -> None:
    found = assessed(**changes)

    assert (closed(found), found["action"]) == ([], "increase")


@pytest.mark.parametrize(
    ("gate_id", "changes", "ask"),
    [
        ("G01", {"doses": []}, "adherence_review"),
        ("G02", {FLAGS: ["breastfeeding"]}, "specialist_referral"),
        ("G06", {FLAGS: ["hypo_unawareness"]}, "senior_review"),
        ("G11", {"patient.egfr": None}, "order_labs"),
        ("G12", {"patient.age": 80}, "ask_clinician"),
        ("G13", {FLAGS: ["two_protocols_disagree"]}, "reconcile_meds"),
    ],
)
def test_a_closed_gate_asks_first_and_gives_its_reason(gate_id: str, changes: dict[str, Any], ask: str) -> None:
    found = assessed(**changes)

    assert found["asks"][0] == ask
    assert len(found["reasons"]) >= 2, gate_id


@pytest.mark.parametrize(
    "changes",
    [
        {"doses": []},
        {"regimens[0].changed_on": "2026-03-08"},
        {FLAGS: ["hypo_unawareness"]},
        {FLAGS: ["acute_illness"]},
        {FLAGS: ["cuffless"]},
        {"patient.egfr": None},
        {"patient.age": 80},
        {"regimens[0].history": [{"on": "2026-01-01", "amount": 8}, {"on": "2026-03-01", "amount": 16}]},
    ],
)
def test_a_gate_that_blocks_increases_never_blocks_a_decrease(changes: dict[str, Any]) -> None:
    found = assessed(readings=[glucose(5, 65)], **changes)

    assert (found["outcome"], found["action"], found["to"]) == ("proposal", "decrease", 14)


def test_an_approved_change_the_patient_has_not_confirmed_closes_g05() -> None:
    case = case_of(plain())
    waiting = replace(case, regimens=(replace(case.regimens[0], has_unconfirmed_change=True),))

    found = assess(waiting, registry.load()).as_dict()

    assert (closed(found), found["outcome"]) == (["G05"], "hold")
