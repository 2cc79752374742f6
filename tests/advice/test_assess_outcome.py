"""cases.md, "assess: the outcome": each clause, quoted in the name of its test."""

from typing import Any

import pytest

from tests.advice.builders import GATE_IDS, assessed, closed, doses, fasting, glucose, plain, pressure

LOW = [*fasting(150, 148, 155), glucose(30, 65)]
VERY_LOW = [*fasting(150, 148, 155), glucose(30, 52)]
VERY_LOW_TODAY = [*fasting(150, 148, 155), glucose(5, 52)]
FLAGS = "patient.flags"


def test_a_proposal_is_exactly_an_action_of_increase_or_decrease() -> None:
    found = assessed()

    assert (found["outcome"], found["action"], found["from"], found["to"]) == ("proposal", "increase", 16, 18)
    assert (found["rule"], found["unit"], found["regimen"], found["asks"]) == ("R5", "U", "glargine", [])


def test_priority_urgent_r1_is_urgent_with_its_action() -> None:
    found = assessed(readings=VERY_LOW)

    assert (found["outcome"], found["rule"], found["action"], found["to"]) == ("urgent", "R1", "decrease", 12)


def test_g09_is_urgent_with_no_action_when_an_increase_was_wanted() -> None:
    found = assessed(**{FLAGS: ["urgent_event_open"]})

    assert (found["outcome"], found["rule"], found["action"], found["to"]) == ("urgent", "R5", "none", None)


@pytest.mark.parametrize(("readings", "to"), [(LOW, 14), (VERY_LOW, 12)])
def test_g09_still_carries_a_decrease_that_r1_or_r2_ask_for(readings: list[Any], to: int) -> None:
    found = assessed(readings=readings, **{FLAGS: ["urgent_event_open"]})

    assert (found["outcome"], found["action"], found["to"]) == ("urgent", "decrease", to)


def test_g09_does_not_carry_the_decrease_of_another_rule() -> None:
    found = assessed(
        readings=fasting(75, 76, 77),
        **{FLAGS: ["urgent_event_open"], "plan.targets_profile": "ada_older_complex"},
    )

    assert (found["outcome"], found["rule"], found["action"]) == ("urgent", "R3", "none")


def test_all_else_is_hold_with_action_none_to_null_and_from_the_present_amount() -> None:
    found = assessed(readings=fasting(100, 101, 102))

    assert (found["outcome"], found["rule"], found["action"]) == ("hold", "R6", "none")
    assert (found["from"], found["to"], found["expires_at"]) == (16, None, None)


def test_all_15_gates_in_order_always_each_with_value_and_limit() -> None:
    found = assessed(readings=[], doses=[], **{FLAGS: ["dialysis"]})

    assert [gate["id"] for gate in found["gates"]] == GATE_IDS
    assert all(set(gate) == {"id", "passed", "value", "limit"} for gate in found["gates"])


def test_asks_are_the_gates_in_id_order_then_the_rules_then_insufficient_data_then_missing_each_once() -> None:
    found = assessed(
        doses=[],
        readings=[glucose(30, 65, cause="exercise")],
        **{"patient.egfr": None, "patient.weight_kg": None, FLAGS: ["hypo_unawareness"]},
    )

    assert found["asks"] == [
        "adherence_review",
        "senior_review",
        "order_labs",
        "hypo_cause_noted",
        "insufficient_data",
        "missing:weight_kg",
    ]


def test_asks_of_two_gates_with_the_same_ask_appear_once() -> None:
    history = [{"on": "2026-01-01", "amount": 10}, {"on": "2026-03-01", "amount": 16}]

    found = assessed(**{FLAGS: ["hypo_unawareness"], "regimens[0].history": history})

    assert closed(found) == ["G06", "G15"]
    assert found["asks"] == ["senior_review"]


def test_gates_ask_also_when_no_increase_was_wanted() -> None:
    found = assessed(readings=fasting(100, 101, 102), doses=[])

    assert (found["rule"], found["asks"]) == ("R6", ["adherence_review"])


def test_rule_is_the_one_that_matched_even_if_a_gate_blocked_it() -> None:
    found = assessed(doses=doses(1, missed=1))

    assert (found["outcome"], found["rule"], found["asks"]) == ("hold", "R5", ["adherence_review"])


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({"readings": fasting(150, 155)}, ["insufficient_data"]),
        ({"plan.ends_on": "2026-03-09"}, ["renew_plan"]),
        ({FLAGS: ["dialysis"]}, ["doctor_set_plan"]),
    ],
)
def test_rule_is_null_when_minimum_data_plan_or_exclusion_stopped_it(changes: dict[str, Any], asks: list[str]) -> None:
    found = assessed(**changes)

    assert (found["outcome"], found["rule"], found["asks"]) == ("hold", None, asks)


@pytest.mark.parametrize(("reading", "rule"), [(glucose(30, 52), "R1"), (glucose(30, 65), "R2")])
def test_r1_and_r2_need_no_minimum_data(reading: dict[str, Any], rule: str) -> None:
    found = assessed(readings=[reading])

    assert (found["rule"], found["action"], found["asks"]) == (rule, "decrease", [])


@pytest.mark.parametrize(
    ("changed_on", "rule"),
    # 30 hours before now is 04:00 on 9 March in New York.
    [("2026-03-09", "R2"), ("2026-03-10", "R5")],
)
def test_r1_and_r2_look_only_at_lows_on_or_after_the_local_day_of_the_last_change(changed_on: str, rule: str) -> None:
    found = assessed(readings=LOW, **{"regimens[0].changed_on": changed_on})

    assert found["rule"] == rule
    assert "G07" in closed(found)


@pytest.mark.parametrize("readings", [LOW, VERY_LOW, fasting(150, 148, 155)])
def test_while_a_suggestion_for_the_drug_is_open_nothing_further_is_proposed(readings: list[Any]) -> None:
    found = assessed(readings=readings, **{"regimens[0].open_suggestion": True})

    assert (found["outcome"], found["action"], found["to"]) == ("hold", "none", None)
    assert "G05" in closed(found)


@pytest.mark.parametrize("flag", ["doctor_paused_automation", "two_protocols_disagree"])
def test_block_all_is_action_none(flag: str) -> None:
    found = assessed(readings=VERY_LOW, **{FLAGS: [flag]})

    assert (found["outcome"], found["rule"], found["action"]) == ("hold", "R1", "none")


@pytest.mark.parametrize(
    "readings",
    [VERY_LOW_TODAY, [*fasting(150, 148, 155), pressure(2, 185, 90), pressure(1, 182, 90)]],
)
def test_block_all_is_urgent_when_an_urgent_threshold_is_met(readings: list[Any]) -> None:
    found = assessed(readings=readings, **{FLAGS: ["patient_withdrew_consent"]})

    assert (found["outcome"], found["action"]) == ("urgent", "none")


def test_an_urgent_threshold_met_is_urgent_with_the_action_the_protocol_says() -> None:
    found = assessed(readings=[*fasting(150, 148, 155), glucose(6, 260), glucose(3.5, 250)])

    assert (found["outcome"], found["rule"], found["action"], found["to"]) == ("urgent", "R5", "increase", 18)


@pytest.mark.parametrize(
    "changes",
    [{"plan.ends_on": "2026-03-01"}, {FLAGS: ["dialysis"]}, {"readings": [glucose(5, 305), glucose(4, 310)]}],
)
def test_an_urgent_threshold_is_urgent_whatever_stopped_the_rules(changes: dict[str, Any]) -> None:
    found = assessed(**{"readings": VERY_LOW_TODAY, **changes})

    assert found["outcome"] == "urgent"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("patient.weight_kg", "weight_kg"),
        ("patient.age", "age"),
        ("patient.diabetes_type", "diabetes_type"),
        ("patient.pregnant", "pregnant"),
        ("regimens[0].changed_on", "changed_on"),
        ("plan.target_high", "target_high"),
        ("plan.max_daily", "max_daily"),
    ],
)
def test_a_null_clinical_input_is_hold_and_asks_missing_name(path: str, name: str) -> None:
    found = assessed(**{path: None})

    assert (found["outcome"], found["asks"]) == ("hold", [f"missing:{name}"])


def test_a_rule_that_a_null_leaves_open_decides_nothing_nor_do_those_after_it() -> None:
    found = assessed(**{"patient.weight_kg": None})
    at_goal = assessed(readings=fasting(100, 101, 102), **{"patient.weight_kg": None})

    assert (found["rule"], at_goal["rule"]) == (None, "R6")


@pytest.mark.parametrize("path", ["patient.weight_kg", "patient.age", "plan.target_high"])
def test_r1_and_r2_still_run_if_they_do_not_need_the_null_input(path: str) -> None:
    found = assessed(readings=LOW, **{path: None})

    assert (found["outcome"], found["rule"], found["to"]) == ("proposal", "R2", 14)


def test_another_decrease_does_not_run_while_an_input_is_null() -> None:
    found = assessed(
        readings=fasting(75, 76, 77),
        **{"patient.age": None, "plan.targets_profile": "ada_older_complex"},
    )

    assert (found["outcome"], found["rule"], found["asks"]) == ("hold", "R3", ["missing:age"])


def test_an_input_a_gate_asks_for_is_asked_for_once_by_the_gate() -> None:
    found = assessed(**{"patient.egfr": None, "patient.egfr_on": None})

    assert (found["outcome"], found["asks"]) == ("hold", ["order_labs"])


def test_a_man_is_not_asked_whether_he_is_pregnant() -> None:
    found = assessed(**{"patient.sex": "male", "patient.pregnant": None})

    assert (found["outcome"], found["asks"]) == ("proposal", [])


@pytest.mark.parametrize(
    "changes",
    [
        {"plan.ends_on": "2026-03-09"},
        {"plan.ends_on": None},
        {"plan.signed_by": None},
        {"plan.version": "1.0.0"},
        {"plan.version": None},
        {"plan.signed_at": "2025-12-09T12:00:00Z"},
    ],
)
def test_plan_ended_unsigned_or_of_another_version_is_hold_and_asks_renew_plan(
    changes: dict[str, Any],
) -> None:
    found = assessed(readings=LOW, **changes)

    assert (found["outcome"], found["rule"], found["asks"]) == ("hold", None, ["renew_plan"])


@pytest.mark.parametrize("changes", [{"plan.ends_on": "2026-03-10"}, {"plan.signed_at": "2025-12-10T12:00:00Z"}])
def test_the_last_day_of_a_plan_is_valid(changes: dict[str, Any]) -> None:
    found = assessed(**changes)

    assert found["outcome"] == "proposal"


@pytest.mark.parametrize(
    ("changes", "gate_asks"),
    [
        ({"patient.egfr": 29.9}, []),
        ({FLAGS: ["dialysis"]}, []),
        ({"regimens[0].times": ["08:00", "20:00"]}, []),
        ({"patient.diabetes_type": "type1"}, []),
        ({"patient.diabetes_type": "gestational"}, []),
        ({"patient.age": 17}, []),
        ({"patient.pregnant": True}, ["specialist_referral"]),
    ],
)
def test_exclusion_is_hold_and_asks_doctor_set_plan(changes: dict[str, Any], gate_asks: list[str]) -> None:
    found = assessed(readings=LOW, **changes)

    assert (found["outcome"], found["rule"]) == ("hold", None)
    assert found["asks"] == [*gate_asks, "doctor_set_plan"]


def test_exclusion_leaves_the_gates_unchanged() -> None:
    found = assessed(**{FLAGS: ["dialysis"]})

    assert found["gates"] == assessed()["gates"]


def test_a_premixed_insulin_excludes() -> None:
    premix = {
        "id": "mix", "drug": "premix 30", "drug_class": "premix_insulin_bid", "amount": 10, "unit": "U",
        "times": ["08:00", "18:00"], "changed_on": "2026-02-01",
    }  # fmt: skip

    found = assessed(regimens=[premix])

    assert (found["outcome"], found["regimen"], found["asks"][-1]) == ("hold", None, "doctor_set_plan")


def test_an_egfr_of_30_is_not_excluded() -> None:
    found = assessed(**{"patient.egfr": 30})

    assert found["outcome"] == "proposal"


@pytest.mark.parametrize(("readings", "action"), [(fasting(150, 148, 155), "none"), ([glucose(5, 65)], "decrease")])
def test_the_stable_for_3_days_precondition_blocks_increases_only(readings: list[Any], action: str) -> None:
    found = assessed(readings=readings, **{"regimens[0].changed_on": "2026-03-08"})

    assert found["action"] == action


def test_r4_holds_and_asks_for_other_medicines_instead_of_more_basal() -> None:
    found = assessed(**{"regimens[0].amount": 40})

    assert (found["outcome"], found["rule"], found["asks"]) == ("hold", "R4", ["consider_prandial_or_glp1"])


@pytest.mark.parametrize(("bedtime", "rule"), [(201, "R4"), ("200.9", "R5")])
def test_overbasal_is_also_a_fall_of_50_from_bedtime_to_morning(bedtime: Any, rule: str) -> None:
    readings = [*fasting(150, 148, 155), glucose(13, bedtime, "bedtime")]

    found = assessed(readings=readings)

    assert found["rule"] == rule


@pytest.mark.parametrize(
    ("profile", "values", "rule"),
    [
        ("ada_older_complex", (79, 78, 77), "R3"),
        ("ada_older_complex", (80, 78, 77), "R6"),
        ("ada_adult", (79, 78, 77), "R6"),
        (None, (79, 78, 77), "R6"),
    ],
)
def test_r3_needs_more_than_two_fasting_values_below_80_and_an_older_adults_goals(
    profile: str | None, values: tuple[int, ...], rule: str
) -> None:
    found = assessed(readings=fasting(*values), **{"plan.targets_profile": profile, "patient.frailty": "poor"})

    assert found["rule"] == rule
    assert found["to"] == (14 if rule == "R3" else None)


def test_two_regimens_of_the_protocols_class_are_hold_and_ask_reconcile_meds() -> None:
    other = {
        "id": "detemir", "drug": "insulin detemir", "drug_class": "basal_insulin", "amount": 8, "unit": "U",
        "times": ["08:00"], "changed_on": "2026-02-01",
    }  # fmt: skip
    both = [plain()["regimens"][0], other]

    found = assessed(regimens=both)

    assert (found["outcome"], found["rule"], found["asks"]) == ("hold", None, ["reconcile_meds"])
    assert (found["regimen"], found["from"], found["to"]) == (None, None, None)


def test_output_carries_the_regimen_changed_and_the_registrys_version_whole() -> None:
    found = assessed()

    assert (found["regimen"], found["protocol"]) == ("glargine", "basal.ada_2u3d@1.0.0-draft")


@pytest.mark.parametrize(
    ("changes", "expires_at"),
    [
        ({}, "2026-03-13T14:00:00Z"),
        ({FLAGS: ["urgent_event_open"]}, "2026-03-13T14:00:00Z"),
        ({"doses": []}, None),
    ],
)
def test_expires_at_is_now_and_72_hours_and_null_on_hold(changes: dict[str, Any], expires_at: str | None) -> None:
    found = assessed(**changes)

    assert found["expires_at"] == expires_at


def test_every_outcome_gives_a_reason() -> None:
    found = [assessed(), assessed(readings=[]), assessed(readings=fasting(100, 100, 100))]

    assert all(outcome["reasons"] for outcome in found)
