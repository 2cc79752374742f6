"""Blood pressure: the steps of a plan, ACE inhibitors and ARBs, amlodipine; cases.md, sentence by sentence."""

from dataclasses import replace
from typing import Any

import pytest

from companion.advice.assessing.assessment import assess
from companion.advice.grammar import registry
from companion.errors import BadInput
from tests.advice.builders import case_of, closed, outcome_of, pressure
from tests.advice.protocol_cases import AMLODIPINE, LISINOPRIL, bp, home, regimen

HIGH = home(150, 92)
RAAS = "bp.raas_uptitrate"
BEFORE = [{"on": "2025-06-01", "amount": "2.5"}, {"on": "2026-01-10", "amount": 5}]


def told(raw: dict[str, Any]) -> dict[str, Any]:
    return outcome_of(raw).as_dict()


def brief(raw: dict[str, Any]) -> tuple[Any, ...]:
    found = told(raw)
    return found["outcome"], found["rule"], found["action"], found["to"], found["asks"]


class TestNextStepOfThePlan:
    def test_far_above_the_target_one_window_is_enough(self) -> None:
        found = told(bp(HIGH))

        assert (found["outcome"], found["rule"], found["regimen"], found["from"], found["to"]) == (
            "proposal", "R1", "amlo", 5, 10,
        )  # fmt: skip
        assert (found["unit"], found["expires_at"], found["asks"]) == ("mg", "2026-03-17T14:00:00Z", [])

    @pytest.mark.parametrize(
        ("systolic", "diastolic", "rule"),
        [(145, 84, "R1"), (144, 94, None), (134, 95, "R1"), (144, 84, None), (134, 84, None)],
    )
    def test_far_above_is_10_mmhg_systolic_or_diastolic(self, systolic: int, diastolic: int, rule: str | None) -> None:
        assert told(bp(home(systolic, diastolic)))["rule"] == rule

    @pytest.mark.parametrize(
        ("before", "rule"),
        [
            (home(135, 80, start=14), "R1"),
            (home(134, 84, start=14), None),
            (home(140, 90, start=14, days=4), None),
            (home(140, 90, start=14, days=5), "R1"),
            ([], None),
        ],
    )
    def test_little_above_it_needs_two_windows_in_a_row(self, before: list[Any], rule: str | None) -> None:
        assert told(bp([*home(140, 86), *before]))["rule"] == rule

    @pytest.mark.parametrize(("high_days", "rule"), [(3, "R1"), (2, None)])
    def test_half_of_the_days_must_be_above(self, high_days: int, rule: str | None) -> None:
        readings = home(190, 84, days=high_days) + home(130, 84, days=6 - high_days, start=high_days)

        found = told(bp(readings, plan__hbpm_experience_days=200, plan__target={"systolic": 139, "diastolic": 85}))

        assert found["rule"] == rule

    @pytest.mark.parametrize(
        ("days", "experience", "asks"),
        [(5, 0, []), (4, 0, ["insufficient_data"]), (4, 180, []), (4, 179, ["insufficient_data"])],
    )
    def test_the_first_day_is_left_out_for_who_is_new_to_it(self, days: int, experience: int, asks: list[str]) -> None:
        found = told(bp(home(150, 92, days), plan__hbpm_experience_days=experience))

        assert found["asks"] == asks

    def test_the_first_day_counts_in_no_mean(self) -> None:
        calm = home(130, 80)
        first = [reading for reading in home(250, 120, days=7) if reading not in home(250, 120)]

        assert told(bp([*calm, *first]))["rule"] is None

    @pytest.mark.parametrize("hours", [range(14, 140, 24), range(26, 150, 24)])
    def test_mornings_and_evenings_need_three_sessions_each(self, hours: range) -> None:
        readings = [pressure(at - minutes / 60, 150, 92) for at in hours for minutes in (0, 2, 4, 6)]

        assert told(bp(readings))["asks"] == ["insufficient_data"]

    def test_readings_of_one_session_are_no_more_than_30_minutes_apart(self) -> None:
        evenings = [pressure(at - minutes / 60, 150, 92) for at in (38, 62) for minutes in (0, 2, 33)]
        mornings = [pressure(26 + 24 * day - minutes / 60, 150, 92) for day in range(5) for minutes in (0, 2)]

        found = [told(bp([*mornings, *more])) for more in (evenings[:2] + evenings[3:5], evenings)]

        assert [each["asks"] for each in found] == [["insufficient_data"], []]

    @pytest.mark.parametrize(
        ("systolic", "diastolic"), [(261, 150), (59, 40), (150, 29), (175, 161), (100, 86), (201, 80)]
    )
    def test_two_numbers_that_are_no_pair_are_named_and_not_counted(self, systolic: int, diastolic: int) -> None:
        odd = pressure(200, systolic, diastolic)

        outcome = outcome_of(bp([*HIGH, odd]))

        assert [reason.params["value"] for reason in outcome.reasons if reason.code == "rejected_pressure"] == [
            f"{systolic}/{diastolic}"
        ]

    def test_a_plan_whose_steps_are_all_taken_holds(self) -> None:
        outcome = outcome_of(bp(HIGH, plan__steps=[]))

        assert (outcome.outcome, outcome.rule, outcome.action, outcome.asks) == ("hold", "R1", "none", ())
        assert "no_plan_step" in {reason.code for reason in outcome.reasons}

    def test_without_a_step_and_with_two_drugs_it_is_not_known_what_to_change(self) -> None:
        raw = bp(HIGH, "bp.step_generic", AMLODIPINE, LISINOPRIL, plan__steps=[])

        assert brief(raw) == ("hold", "R1", "none", None, [])

    def test_a_maximum_in_the_plan_holds(self) -> None:
        assert brief(bp(HIGH, plan__max_daily=9))[1:] == ("R1", "none", None, ["max_dose_reached"])

    @pytest.mark.parametrize(
        "step",
        [
            {"drug": "ramipril", "drug_class": "acei", "amount": 5, "unit": "mg"},
            {"drug": "amlodipine", "drug_class": "acei", "amount": 10, "unit": "mg"},
            {"drug": "amlodipine", "drug_class": "dhp_ccb", "amount": 10, "unit": "g"},
            {"drug": "amlodipine", "drug_class": "dhp_ccb", "amount": 5, "unit": "mg"},
        ],
    )
    def test_a_step_that_does_not_only_change_an_amount_is_refused(self, step: dict[str, Any]) -> None:
        with pytest.raises(BadInput, match=r"plan\.steps"):
            told(bp(HIGH, plan__steps=[step]))

    @pytest.mark.parametrize(("changed_on", "passes"), [("2026-02-10", True), ("2026-02-11", False)])
    def test_it_holds_off_28_days_after_any_change_of_a_pressure_drug(self, changed_on: str, passes: bool) -> None:
        other = {**LISINOPRIL, "changed_on": changed_on}

        found = [
            told(bp(HIGH, regimen__changed_on=changed_on)),
            told(bp(HIGH, "bp.step_generic", AMLODIPINE, other)),
        ]

        assert [("G05" in closed(each), each["action"]) for each in found] == [
            (not passes, "increase" if passes else "none")
        ] * 2

    def test_adherence_is_of_all_drugs_for_blood_pressure_together(self) -> None:
        raw = bp(HIGH, "bp.step_generic", AMLODIPINE, LISINOPRIL)
        raw["doses"] += [{**dose, "regimen": "lisi", "state": "missed"} for dose in raw["doses"][:4]]

        assert (told(raw)["asks"], told(raw)["action"]) == (["adherence_review"], "none")

    @pytest.mark.parametrize("type_of_diabetes", ["type1", None])
    def test_diabetes_and_low_glucose_are_not_its_matter(self, type_of_diabetes: str | None) -> None:
        low = {"metric": "glucose", "at": "2026-03-06T10:00:00Z", "mg_dl": 65}

        assert told(bp([*HIGH, low], patient__diabetes_type=type_of_diabetes))["action"] == "increase"


class TestStepDown:
    @pytest.mark.parametrize(
        ("readings", "flags", "rule"),
        [
            (home(109, 70), [], "R2"),
            (home(110, 70), [], None),
            (home(120, 64), [], "R2"),
            (home(120, 65), [], None),
            ([*home(120, 75), pressure(50, 99, 70), pressure(60, 99, 70)], [], "R2"),
            ([*home(120, 75), pressure(50, 99, 70)], [], None),
            (HIGH, ["orthostatic_symptoms"], "R2"),
        ],
    )
    def test_its_parts_are_alternatives_and_it_is_tried_first(self, readings: Any, flags: Any, rule: Any) -> None:
        found = told(bp(readings, patient__flags=flags, regimen__history=BEFORE))

        assert (found["rule"], found["to"]) == (rule, 2.5 if rule else None)

    @pytest.mark.parametrize("history", [[], BEFORE[1:], [{"on": "2025-06-01", "amount": 10}, BEFORE[1]]])
    def test_without_a_lower_amount_before_it_asks(self, history: list[Any]) -> None:
        raw = bp(home(105, 70), regimen__history=history)

        assert brief(raw) == ("hold", "R2", "none", None, ["consider_step_down"])

    def test_no_gate_meant_for_increases_stops_it(self) -> None:
        raw = bp(home(105, 70), regimen__history=BEFORE, patient__egfr=None, patient__flags=["cuffless"])
        raw["doses"] = []

        found = told(raw)

        assert (found["outcome"], found["action"], found["to"]) == ("proposal", "decrease", 2.5)
        assert found["asks"] == ["adherence_review", "order_labs"]

    def test_an_urgent_event_carries_it(self) -> None:
        raw = bp(home(105, 70), regimen__history=BEFORE, patient__flags=["urgent_event_open"])

        assert brief(raw)[:4] == ("urgent", "R2", "decrease", 2.5)


class TestTimeOfDay:
    def test_a_morning_15_mmhg_above_the_evening_only_adds_an_ask(self) -> None:
        found = [told(bp(home(160, 92, evening=-less))) for less in (15, 14)]

        assert [(each["rule"], each["to"], each["asks"]) for each in found] == [
            ("R1", 10, ["dosing_time_review"]),
            ("R1", 10, []),
        ]

    def test_a_high_morning_with_the_evening_at_its_goal_is_the_one_that_matched(self) -> None:
        found = [told(bp(home(systolic, 80, evening=-4))) for systolic in (135, 134)]

        assert [(each["outcome"], each["rule"], each["asks"]) for each in found] == [
            ("hold", "R3", ["dosing_time_review"]),
            ("hold", None, []),
        ]


class TestWhatStopsIt:
    @pytest.mark.parametrize(
        ("changes", "asks"),
        [
            ({"patient__flags": ["postural_hypotension"]}, ["doctor_set_plan"]),
            ({"patient__flags": ["af_unconfirmed"]}, ["doctor_set_plan"]),
            ({"patient__flags": ["stroke_acs_90d"]}, ["doctor_set_plan"]),
            ({"patient__age": 81, "patient__frailty": "fit"}, ["doctor_set_plan"]),
            ({"patient__pregnant": True}, ["specialist_referral", "doctor_set_plan"]),
            ({"plan__ends_on": "2026-03-09"}, ["renew_plan"]),
            ({"plan__version": "1.0.0"}, ["renew_plan"]),
            ({"patient__potassium": None}, ["order_labs"]),
            ({"patient__potassium_on": "2025-12-09"}, ["order_labs"]),
        ],
    )
    def test_it_holds_and_says_why(self, changes: dict[str, Any], asks: list[str]) -> None:
        assert brief(bp(HIGH, **changes)) == ("hold", None, "none", None, asks)

    def test_80_years_and_a_potassium_of_90_days_are_within(self) -> None:
        raw = bp(HIGH, patient__age=80, patient__frailty="fit", patient__potassium_on="2025-12-10")

        assert told(raw)["action"] == "increase"

    def test_three_drugs_are_for_a_specialist(self) -> None:
        third = regimen("hctz", "hydrochlorothiazide", "thiazide", "12.5")

        raw = bp(HIGH, "bp.step_generic", AMLODIPINE, LISINOPRIL, third)

        assert brief(raw)[1:] == (None, "none", None, ["doctor_set_plan"])

    def test_a_target_that_nobody_set_is_asked_for(self) -> None:
        assert brief(bp(HIGH, plan__target=None)) == ("hold", None, "none", None, ["missing:target"])

    def test_severe_values_are_urgent_with_the_step_the_plan_says(self) -> None:
        raw = bp([*HIGH, pressure(3, 185, 100), pressure(2, 182, 100)])

        assert brief(raw)[:4] == ("urgent", "R1", "increase", 10)


class TestRaas:
    @pytest.mark.parametrize(
        ("potassium", "expected"),
        [
            ("5.0", ("proposal", "R5", "increase", 20)),
            ("5.1", ("hold", "R3", "none", None)),
            ("5.5", ("hold", "R3", "none", None)),
            ("5.6", ("urgent", "R2", "none", None)),
            ("5.9", ("urgent", "R2", "none", None)),
            ("6.0", ("urgent", "R1", "none", None)),
        ],
    )
    def test_potassium_comes_first(self, potassium: str, expected: tuple[Any, ...]) -> None:
        assert brief(bp(HIGH, RAAS, LISINOPRIL, patient__potassium=potassium))[:4] == expected

    @pytest.mark.parametrize(
        ("drug", "drug_class", "amount", "times", "to"),
        [
            ("lisinopril", "acei", 20, 1, 40),
            ("lisinopril", "acei", 40, 1, None),
            ("enalapril", "acei", 5, 2, 10),
            ("enalapril", "acei", 20, 2, None),
            ("Losartan", "arb", 50, 1, 100),
            ("valsartan", "arb", 160, 1, 320),
            ("ramipril", "acei", 5, 1, None),
        ],
    )
    def test_the_next_step_of_the_drugs_ladder_of_a_day(
        self, drug: str, drug_class: str, amount: int, times: int, to: int | None
    ) -> None:
        taken = regimen("it", drug, drug_class, amount, times=("08:00", "20:00")[:times])

        found = told(bp(HIGH, RAAS, taken))

        assert (found["rule"], found["to"], found["asks"]) == ("R5", to, [])

    def test_an_increase_says_which_values_are_due(self) -> None:
        reasons = told(bp(HIGH, RAAS, LISINOPRIL))["reasons"]

        assert "After an increase, within 14 days: potassium, creatinine." in reasons

    @pytest.mark.parametrize("changes", [{"patient__egfr_on": "2025-12-09"}, {"patient__potassium": None}])
    def test_potassium_and_creatinine_are_not_older_than_90_days(self, changes: dict[str, Any]) -> None:
        assert brief(bp(HIGH, RAAS, LISINOPRIL, **changes)) == ("hold", None, "none", None, ["order_labs"])

    @pytest.mark.parametrize(("changed_on", "action"), [("2026-02-24", "increase"), ("2026-02-25", "none")])
    def test_it_holds_off_14_days(self, changed_on: str, action: str) -> None:
        assert told(bp(HIGH, RAAS, LISINOPRIL, regimen__changed_on=changed_on))["action"] == action

    def test_an_ace_inhibitor_with_an_arb_is_excluded(self) -> None:
        both = bp(HIGH, RAAS, LISINOPRIL, regimen("los", "losartan", "arb", 50))

        assert brief(both)[1:] == (None, "none", None, ["doctor_set_plan", "reconcile_meds"])

    @pytest.mark.parametrize(("potassium_on", "action"), [("2026-02-09", "increase"), ("2026-02-08", "none")])
    def test_with_an_mra_the_potassium_is_younger_than_30_days(self, potassium_on: str, action: str) -> None:
        mra = regimen("spiro", "spironolactone", "mra", 25)

        assert told(bp(HIGH, RAAS, LISINOPRIL, mra, patient__potassium_on=potassium_on))["action"] == action

    def test_what_only_the_service_asks_bars_it_while_it_is_not_known(self) -> None:
        case = case_of(bp(HIGH, RAAS, LISINOPRIL))

        found = [
            assess(replace(case, collected={"kidney_values_worse": said}), registry.load())
            for said in (None, True, False)
        ]

        assert [(each.rule, each.action) for each in found] == [(None, "none"), ("R4", "none"), ("R5", "increase")]
        assert found[0].asks == ("missing:kidney_values_worse",)


class TestAmlodipine:
    @pytest.mark.parametrize(("amount", "to"), [("5", "10"), ("5.0", "10"), ("2.5", None), ("7.5", None), ("10", None)])
    def test_it_goes_from_5_to_10_mg_and_from_no_other_amount(self, amount: str, to: str | None) -> None:
        outcome = outcome_of(bp(HIGH, "bp.amlodipine_step", {**AMLODIPINE, "amount": amount}))

        assert outcome.rule == "R1"
        assert (None if outcome.to_amount is None else float(outcome.to_amount)) == (float(to) if to else None)

    def test_another_drug_of_its_class_has_no_ladder(self) -> None:
        other = regimen("felo", "felodipine", "dhp_ccb", 5)

        assert brief(bp(HIGH, "bp.amlodipine_step", other)) == ("hold", "R1", "none", None, [])

    def test_swollen_legs_are_one_step_back(self) -> None:
        case = case_of(bp(HIGH, "bp.amlodipine_step", {**AMLODIPINE, "amount": "10"}))

        outcome = assess(replace(case, collected={"oedema": True}), registry.load())

        assert (outcome.rule, outcome.action, outcome.to_amount) == ("R2", "decrease", 5)

    def test_the_change_of_another_drug_does_not_hold_it_off(self) -> None:
        other = {**LISINOPRIL, "changed_on": "2026-03-09"}

        assert told(bp(HIGH, "bp.amlodipine_step", AMLODIPINE, other))["to"] == 10
