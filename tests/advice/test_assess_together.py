"""What two sentences of cases.md say together: worked out by hand from the text, not from the code."""

from typing import Any

import pytest

from tests.advice.builders import assessed, closed, fasting, glucose, plain, pressure
from tests.advice.protocol_cases import LISINOPRIL, bp, case, home, metformin, older, premix, regimen
from tests.advice.test_pressure_protocols import brief, told

FLAGS = "patient.flags"
HIGH = fasting(150, 148, 155)
VERY_LOW_TODAY = [*HIGH, glucose(5, 52)]
VERY_LOW = [*HIGH, glucose(30, 52)]
STEPPED_UP = [{"on": "2025-06-01", "amount": 5}, {"on": "2026-01-10", "amount": 10}]
OLDER_ADULT = {"readings": fasting(75, 76, 77), "plan.targets_profile": "ada_older_complex"}


def answer(**changes: Any) -> tuple[Any, ...]:
    """Outcome, rule, action, to and asks of the plain case with these changes."""
    found = assessed(**changes)
    return found["outcome"], found["rule"], found["action"], found["to"], found["asks"]


class TestUrgentAndHeld:
    def test_an_open_suggestion_holds_the_decrease_and_an_urgent_threshold_is_urgent_all_the_same(self) -> None:
        open_one = {"regimens[0].open_suggestion": True}

        today, before = answer(readings=VERY_LOW_TODAY, **open_one), answer(readings=VERY_LOW, **open_one)

        assert today == ("urgent", "R1", "none", None, [])
        assert before == ("hold", "R1", "none", None, [])

    def test_an_open_event_is_urgent_beside_an_open_suggestion_and_beside_what_blocks_all(self) -> None:
        beside_suggestion = answer(**{FLAGS: ["urgent_event_open"], "regimens[0].open_suggestion": True})
        beside_pause = answer(readings=VERY_LOW, **{FLAGS: ["urgent_event_open", "doctor_paused_automation"]})
        beside_exclusion = answer(**{FLAGS: ["urgent_event_open", "dialysis"]})

        assert beside_suggestion == ("urgent", "R5", "none", None, [])
        assert beside_pause == ("urgent", "R1", "none", None, [])
        assert beside_exclusion == ("urgent", None, "none", None, ["doctor_set_plan"])

    def test_r1_runs_without_the_weight_and_asks_for_it(self) -> None:
        found = answer(readings=VERY_LOW, **{"patient.weight_kg": None})

        assert found == ("urgent", "R1", "decrease", 12, ["missing:weight_kg"])

    def test_two_medicines_of_the_class_hold_a_decrease_and_a_low_of_today_is_urgent(self) -> None:
        two = [plain()["regimens"][0], {**plain()["regimens"][0], "id": "other"}]

        assert answer(readings=VERY_LOW_TODAY, regimens=two) == ("urgent", None, "none", None, ["reconcile_meds"])
        assert answer(readings=VERY_LOW, regimens=two) == ("hold", None, "none", None, ["reconcile_meds"])

    @pytest.mark.parametrize(
        ("readings", "unsigned", "outcome"),
        [
            ([glucose(5, 260), glucose(2, 255)], False, "urgent"),
            ([glucose(5, 260), glucose(2, 255)], True, "hold"),
            ([glucose(5, 53)], True, "urgent"),
            ([pressure(5, 185, 100), pressure(4, 185, 100)], True, "urgent"),
            ([pressure(5, 88, 60)], False, "urgent"),
            ([pressure(5, 88, 60)], True, "hold"),
            ([pressure(25, 88, 60)], False, "hold"),
        ],
    )
    def test_thresholds_from_memory_need_the_plans_signer_and_the_others_none(
        self, readings: list[Any], unsigned: bool, outcome: str
    ) -> None:
        found = assessed(
            readings=[*fasting(100, 101, 102), *readings], **({"plan.signed_by": None} if unsigned else {})
        )

        assert found["outcome"] == outcome

    @pytest.mark.parametrize("raw", [older(*[160] * 5), metformin()])
    def test_nothing_is_increased_after_a_low_that_needed_help(self, raw: dict[str, Any]) -> None:
        raw["patient"]["flags"] = ["hypo_l3"]

        found = told(raw)

        assert (found["outcome"], found["action"], found["to"]) == ("urgent", "none", None)


class TestNulls:
    def test_an_exclusion_that_a_null_egfr_leaves_open_holds_all_but_the_rules_on_events(self) -> None:
        unknown = {"patient.egfr": None, "patient.egfr_on": None}

        simplified, after_a_low = answer(**OLDER_ADULT, **unknown), answer(readings=[glucose(30, 65)], **unknown)

        assert simplified == ("hold", "R3", "none", None, ["order_labs"])
        assert after_a_low == ("proposal", "R2", "decrease", 14, ["order_labs"])

    def test_an_egfr_that_is_only_old_holds_no_decrease(self) -> None:
        found = answer(**OLDER_ADULT, **{"patient.egfr_on": "2024-01-01"})

        assert found == ("proposal", "R3", "decrease", 14, ["order_labs"])

    def test_an_egfr_that_no_rule_reads_holds_no_decrease(self) -> None:
        found = brief(premix((70, 70, 70), (100, 100, 100), patient__egfr=None))

        assert found == ("proposal", "R1", "decrease", 18, ["order_labs"])

    def test_low_pressure_is_held_while_the_age_is_not_known(self) -> None:
        raw = bp(home(105, 70), "bp.raas_uptitrate", {**LISINOPRIL, "history": STEPPED_UP}, patient__age=None)

        assert brief(raw) == ("hold", "R7", "none", None, ["missing:age"])

    @pytest.mark.parametrize(("age", "asks"), [(74.9, []), (75, ["ask_clinician"]), (None, ["missing:age"])])
    def test_frailty_is_asked_for_from_75_on(self, age: Any, asks: list[str]) -> None:
        assert assessed(**{"patient.age": age})["asks"] == asks


class TestAsksInOrder:
    def test_a_low_to_verify_comes_before_too_little_data_and_after_what_stops(self) -> None:
        too_few = assessed(readings=[*fasting(150, 148), glucose(5, 19)])
        excluded = assessed(readings=[*HIGH, glucose(5, 19)], **{FLAGS: ["dialysis"]})

        assert too_few["asks"] == ["verify_low_reading", "insufficient_data"]
        assert excluded["asks"] == ["doctor_set_plan", "verify_low_reading"]

    def test_the_plan_the_exclusion_and_the_medicines_each_ask(self) -> None:
        two = [plain()["regimens"][0], {**plain()["regimens"][0], "id": "other"}]

        found = assessed(regimens=two, doses=[], **{FLAGS: ["dialysis"], "plan.ends_on": "2026-03-01"})

        assert found["asks"] == ["adherence_review", "renew_plan", "doctor_set_plan", "reconcile_meds"]

    def test_a_low_with_a_cause_before_the_last_change_asks_nothing(self) -> None:
        low = glucose(100, 65, cause="exercise")

        before, since = ({"regimens[0].changed_on": day} for day in ("2026-03-07", "2026-03-05"))

        assert assessed(readings=[*HIGH, low], **before)["asks"] == []
        assert assessed(readings=[*HIGH, low], **since)["asks"] == ["hypo_cause_noted"]


class TestSwitchedOff:
    def test_it_only_asks_for_the_plan_whatever_else_is_taken(self) -> None:
        basal = regimen("glargine", "insulin glargine", "basal_insulin", 16, "U", ("21:00",))
        tablets = regimen("met", "metformin", "metformin", 500)

        found = told(case("basal.edition_weekly", [basal, tablets], HIGH))

        assert (found["outcome"], found["regimen"], found["from"]) == ("hold", "glargine", 16)
        assert (found["rule"], found["asks"]) == (None, ["renew_plan"])


class TestPotassiumAndLowPressure:
    @pytest.mark.parametrize(
        ("potassium", "expected"),
        [
            ("4.4", ("proposal", "R7", "decrease", 5)),
            ("5.2", ("proposal", "R7", "decrease", 5)),
            ("5.6", ("urgent", "R2", "none", None)),
            ("6.0", ("urgent", "R1", "none", None)),
        ],
    )
    def test_what_says_no_increase_bars_no_step_down_and_what_stops_the_drug_comes_before_it(
        self, potassium: str, expected: tuple[Any, ...]
    ) -> None:
        drug = {**LISINOPRIL, "history": STEPPED_UP}

        found = brief(bp(home(105, 70), "bp.raas_uptitrate", drug, patient__potassium=potassium))

        assert found[:4] == expected

    @pytest.mark.parametrize("protocol", ["bp.step_generic", "bp.raas_uptitrate"])
    def test_minimum_data_stop_every_rule_of_it(self, protocol: str) -> None:
        raw = bp(home(105, 70, days=3), protocol, LISINOPRIL, plan__steps=[], patient__potassium="6.2")

        assert brief(raw) == ("hold", None, "none", None, ["insufficient_data"])


class TestTwoInjections:
    def test_the_first_one_served_is_not_passed_over_because_something_bars_it(self) -> None:
        # 15 % of 6 U are less than a unit; the other injection waits for the next cycle.
        found = told(premix((150, 150, 150), (150, 150, 150), morning=40, evening=6))

        assert (found["outcome"], found["regimen"], found["rule"], found["to"]) == ("hold", "pm", "R4", None)

    def test_what_is_before_dinner_but_says_fasting_is_not_before_dinner(self) -> None:
        raw = premix((150, 150, 150), (150, 150))
        raw["readings"].append(glucose(64, 150, "fasting"))

        assert brief(raw)[-1] == ["insufficient_data"]


class TestLocalDays:
    def test_fourteen_days_are_elapsed_time_also_over_a_change_of_clocks(self) -> None:
        # New York's clocks went forward on 8 March: 7 × 24 h before 10:00 on 10 March is 09:00 on 3 March.
        inside = {**glucose(0, 65), "at": "2026-03-03T09:00:01-05:00"}
        outside = {**glucose(0, 65), "at": "2026-03-03T09:00:00-05:00"}

        assert closed(assessed(readings=[*HIGH, inside])) == ["G07"]
        assert closed(assessed(readings=[*HIGH, outside])) == []

    def test_both_ends_of_a_fold_are_the_same_day(self) -> None:
        # 01:30 came twice on 1 November 2026 in New York, and both are that day.
        changes = {"now": "2026-11-02T14:00:00Z", "plan.ends_on": "2026-12-01", "patient.egfr_on": "2026-09-01"}
        mornings = [f"2026-11-01T0{hour}:30:00Z" for hour in (5, 6)] + ["2026-11-02T11:00:00Z"]
        readings = [
            {**glucose(0, value, "fasting"), "at": at} for at, value in zip(mornings, (150, 151, 152), strict=True)
        ]

        found = assessed(readings=readings, doses=[], **changes)

        assert found["asks"] == ["adherence_review", "insufficient_data"]
