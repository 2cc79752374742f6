"""metformin, sulfonylurea, older adults, premix: protocols.yaml and cases.md, sentence by sentence."""

from typing import Any

import pytest

from tests.advice.builders import closed, glucose, outcome_of
from tests.advice.protocol_cases import case, metformin, older, premix, regimen, sulfonylurea


def told(raw: dict[str, Any]) -> dict[str, Any]:
    return outcome_of(raw).as_dict()


def brief(raw: dict[str, Any]) -> tuple[Any, ...]:
    found = told(raw)
    return found["outcome"], found["rule"], found["action"], found["to"], found["asks"]


class TestMetformin:
    @pytest.mark.parametrize(
        ("amount", "times", "to"),
        [(500, ("08:00", "20:00"), 750), (1000, ("08:00",), 1500), ("500", ("07:00", "12:00", "19:00"), "666")],
    )
    def test_above_the_goal_a_day_gets_500_mg_more_told_for_an_intake(self, amount: Any, times: Any, to: Any) -> None:
        outcome = outcome_of(metformin(amount, times))

        assert (outcome.outcome, outcome.rule, outcome.action) == ("proposal", "R4", "increase")
        assert str(outcome.to_amount) == str(to)

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"patient__egfr": 29.9}, ("urgent", "R1", "none", None, [])),
            ({"patient__egfr": 30}, ("hold", None, "none", None, [])),
            ({"patient__egfr": 44.9}, ("hold", None, "none", None, [])),
            ({"patient__egfr": 45, "patient__egfr_on": "2026-02-01"}, ("proposal", "R4", "increase", 750, [])),
            ({"plan__target_high": 160}, ("hold", None, "none", None, [])),
            ({"plan__target_high": "159.9"}, ("proposal", "R4", "increase", 750, [])),
            ({"patient__egfr": None}, ("hold", None, "none", None, ["order_labs"])),
            ({"patient__egfr_on": "2025-09-10"}, ("hold", None, "none", None, ["insufficient_data"])),
            ({"patient__egfr_on": "2025-09-11"}, ("proposal", "R4", "increase", 750, [])),
            ({"plan__target_high": None}, ("hold", None, "none", None, ["missing:target_high"])),
            ({"patient__weight_kg": None}, ("proposal", "R4", "increase", 750, [])),
            ({"plan__max_daily": 1500}, ("proposal", "R4", "increase", 750, [])),
            ({"plan__max_daily": 1499}, ("hold", "R4", "none", None, ["max_dose_reached"])),
        ],
    )
    def test_each_rule_at_its_limit(self, changes: dict[str, Any], expected: tuple[Any, ...]) -> None:
        recent = {"patient__egfr_on": "2026-02-01"}

        assert brief(metformin(**{**recent, **changes})) == expected

    @pytest.mark.parametrize(
        ("amount", "egfr", "expected"),
        [
            (1000, 44, ("proposal", "R2", "decrease", 500)),
            (1000, 30, ("proposal", "R2", "decrease", 500)),
            (850, 40, ("proposal", "R2", "decrease", 500)),
            (500, 40, ("hold", None, "none", None)),
            (800, 80, ("hold", "R4", "none", None)),
            (1000, 80, ("hold", None, "none", None)),
        ],
    )
    def test_amounts_of_a_day(self, amount: int, egfr: int, expected: tuple[Any, ...]) -> None:
        raw = metformin(amount, patient__egfr=egfr, patient__egfr_on="2026-02-01", plan__max_daily=2550)

        assert brief(raw)[:4] == expected

    def test_a_step_beyond_2000_mg_is_not_shortened(self) -> None:
        assert brief(metformin(800, plan__max_daily=2550))[-1] == ["max_dose_reached"]

    def test_fewer_than_5_fasting_values_of_14_days_are_too_few(self) -> None:
        few = [glucose(3 + 48 * n, 160, "fasting") for n in range(4)]
        old = glucose(14 * 24, 160, "fasting")

        assert brief(metformin(readings=[*few, old], plan__max_daily=2000))[-1] == ["insufficient_data"]


class TestSulfonylurea:
    def test_a_value_below_54_is_urgent_and_the_drug_is_held(self) -> None:
        assert brief(sulfonylurea(glucose(300, 53))) == ("urgent", "R1", "none", None, ["hold_drug"])

    def test_a_low_that_needed_help_is_the_same(self) -> None:
        assert brief(sulfonylurea(patient__flags=["hypo_l3"])) == ("urgent", "R1", "none", None, ["hold_drug"])

    @pytest.mark.parametrize(
        ("readings", "expected"),
        [
            ([glucose(300, 69), glucose(40, 69)], ("proposal", "R2", "decrease", 40, [])),
            ([glucose(300, 69), glucose(40, 70)], ("hold", None, "none", None, [])),
            ([glucose(336, 69), glucose(40, 69)], ("hold", None, "none", None, [])),
            ([], ("hold", None, "none", None, [])),
        ],
    )
    def test_two_lows_in_14_days_halve_the_dose(self, readings: Any, expected: tuple[Any, ...]) -> None:
        assert brief(sulfonylurea(*readings)) == expected

    def test_lows_before_the_last_change_count_no_more(self) -> None:
        raw = sulfonylurea(glucose(300, 69), glucose(40, 69), regimen__changed_on="2026-03-05")

        assert brief(raw)[:2] == ("hold", None)

    @pytest.mark.parametrize("changes", [{"patient__egfr": 59}, {"patient__age": 75, "patient__frailty": "fit"}])
    def test_weak_kidneys_and_high_age_only_ask(self, changes: dict[str, Any]) -> None:
        found = told(sulfonylurea(patient__egfr_on="2026-02-01", **changes))

        assert (found["outcome"], found["rule"], found["asks"]) == ("hold", "R3", ["su_review"])

    def test_neither_a_goal_nor_a_maximum_is_needed(self) -> None:
        raw = sulfonylurea(glucose(300, 69), glucose(40, 69), plan__target_high=None, plan__max_daily=None)

        assert brief(raw)[:3] == ("proposal", "R2", "decrease")

    @pytest.mark.parametrize(("amount", "to"), [("3", "1.5"), ("2.5", "1.25"), (30, 15)])
    def test_half_a_small_dose_stays_half(self, amount: Any, to: Any) -> None:
        outcome = outcome_of(sulfonylurea(glucose(300, 69), glucose(40, 69), amount=amount))

        assert float(outcome.to_amount or 0) == float(to)


class TestOlderAdults:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ((151, 152, 160, 140, 120, 110), ("proposal", "R1", "increase", 12, [])),
            ((151, 152, 150, 140, 120, 110), ("hold", None, "none", None, [])),
            ((79, 78, 77, 140, 120), ("proposal", "R2", "decrease", 8, [])),
            ((80, 78, 77, 140, 120), ("hold", None, "none", None, [])),
            ((160, 160, 160, 160), ("hold", None, "none", None, ["insufficient_data"])),
            ((79, 78, 77, 160, 160, 160), ("proposal", "R2", "decrease", 8, [])),
        ],
    )
    def test_each_rule_at_its_limit(self, values: tuple[int, ...], expected: tuple[Any, ...]) -> None:
        assert brief(older(*values)) == expected

    @pytest.mark.parametrize(("amount", "to", "asks"), [(22, 24, []), ("22.1", None, ["max_dose_reached"]), (4, 6, [])])
    def test_beyond_0_3_units_for_a_kilogram_only_a_doctor_decides(self, amount: Any, to: Any, asks: Any) -> None:
        found = told(older(*[160] * 5, amount=amount))

        assert (found["to"], found["asks"]) == (to, asks)

    @pytest.mark.parametrize(("changed_on", "action"), [("2026-03-03", "increase"), ("2026-03-04", "none")])
    def test_it_holds_off_7_days(self, changed_on: str, action: str) -> None:
        assert told(older(*[160] * 5, regimen__changed_on=changed_on))["action"] == action

    def test_it_is_not_for_the_young(self) -> None:
        assert brief(older(*[160] * 5, patient__age=64)) == ("hold", None, "none", None, ["doctor_set_plan"])

    def test_a_pregnancy_blocks_by_its_gate_alone(self) -> None:
        assert brief(older(*[160] * 5, patient__pregnant=True)) == ("hold", "R1", "none", None, ["specialist_referral"])


GOOD, HIGH, LOW = (100, 101, 102), (150, 151, 152), (75, 76, 77)


class TestPremix:
    @pytest.mark.parametrize(
        ("breakfast", "dinner", "expected"),
        [
            (HIGH, GOOD, ("pm", "R4", "increase", 23)),
            (GOOD, HIGH, ("am", "R4", "increase", 23)),
            (HIGH, HIGH, ("pm", "R4", "increase", 23)),
            (HIGH, LOW, ("am", "R1", "decrease", 18)),
            (LOW, LOW, ("pm", "R1", "decrease", 18)),
            (GOOD, GOOD, ("pm", "R2", "none", None)),
            ((110, 110, 110), GOOD, ("pm", "R3", "increase", 22)),
            ((200, 200, 200), GOOD, ("pm", "R5", "increase", 23)),
            ((80, 80, 80), GOOD, ("pm", "R2", "none", None)),
        ],
    )
    def test_one_injection_changes_by_the_values_before_the_other_meal(
        self, breakfast: Any, dinner: Any, expected: tuple[Any, ...]
    ) -> None:
        found = told(premix(breakfast, dinner))

        assert (found["regimen"], found["rule"], found["action"], found["to"]) == expected

    @pytest.mark.parametrize(("amount", "to"), [(40, 44), (20, 23), (13, 14), (6, None)])
    def test_an_increase_is_at_most_4_units_and_15_percent(self, amount: int, to: int | None) -> None:
        assert told(premix((200, 200, 200), GOOD, evening=amount))["to"] == to

    def test_the_maximum_of_a_day_is_of_both_injections(self) -> None:
        found = [told(premix(HIGH, GOOD, plan__max_daily=most)) for most in (43, "42.9")]

        assert [(each["to"], each["asks"]) for each in found] == [(23, []), (None, ["max_dose_reached"])]

    @pytest.mark.parametrize(("breakfast", "dinner"), [(HIGH, HIGH[:2]), (HIGH[:2], HIGH)])
    def test_both_times_of_day_need_3_values_of_4_days(self, breakfast: Any, dinner: Any) -> None:
        assert brief(premix(breakfast, dinner))[1:] == (None, "none", None, ["insufficient_data"])

    @pytest.mark.parametrize(("hours", "rule"), [(14, "R4"), (18, "R4"), (13.9, None), (18.1, None)])
    def test_before_dinner_is_from_16_to_20_local(self, hours: float, rule: str | None) -> None:
        raw = premix(GOOD, HIGH[:2])
        raw["readings"].append(glucose(hours, 150, "before_meal"))

        assert told(raw)["rule"] == rule

    def test_a_low_in_7_days_bars_the_increase(self) -> None:
        raw = premix(HIGH, GOOD)
        raw["readings"].append(glucose(100, 69))

        assert (told(raw)["action"], closed(told(raw))) == ("none", ["G07"])

    def test_with_a_sulfonylurea_a_doctor_sets_the_plan(self) -> None:
        raw = premix(HIGH, GOOD)
        raw["regimens"].append(regimen("glic", "gliclazide", "sulfonylurea", 80))

        assert brief(raw)[1:] == (None, "none", None, ["doctor_set_plan"])

    @pytest.mark.parametrize("times", [["07:30", "18:30"], ["07:30"]])
    def test_it_needs_exactly_two_medicines_of_one_time_each(self, times: list[str]) -> None:
        raw = premix(HIGH, GOOD)
        raw["regimens"] = [{**raw["regimens"][0], "times": times}]

        assert brief(raw)[1:] == (None, "none", None, ["reconcile_meds"])

    def test_three_are_too_many(self) -> None:
        raw = premix(HIGH, GOOD)
        raw["regimens"].append({**raw["regimens"][0], "id": "noon", "times": ["12:00"]})

        assert brief(raw)[-1] == ["reconcile_meds"]

    def test_the_last_change_of_either_injection_counts(self) -> None:
        raw = premix(HIGH, GOOD)
        raw["regimens"][0]["changed_on"] = "2026-03-08"

        assert closed(told(raw)) == ["G05"]


@pytest.mark.parametrize(
    ("protocol", "drug_class"),
    [
        ("basal.cn_3to5d", "basal_insulin"),
        ("basal.edition_weekly", "basal_insulin_u300_or_degludec"),
        ("basal.edition_weekly", "basal_insulin"),
        ("basal.insight_1u_daily", "basal_insulin"),
        ("basal.atlantus_alg1", "basal_insulin"),
        ("prandial.single_meal", "rapid_insulin"),
        ("bp.thiazide_like", "thiazide_like"),
    ],
)
def test_a_protocol_that_is_switched_off_holds_and_says_what_is_missing(protocol: str, drug_class: str) -> None:
    drug = regimen("it", "a drug", drug_class, 16, "mg" if drug_class == "thiazide_like" else "U")

    outcome = outcome_of(case(protocol, [drug], [glucose(3 + 24 * n, 190, "fasting") for n in range(5)]))

    assert (outcome.outcome, outcome.rule, outcome.action, outcome.from_amount) == ("hold", None, "none", 16)
    assert outcome.asks[-1] == "renew_plan"
    assert any(reason.code == "plan_disabled" and len(reason.params["why"]) > 20 for reason in outcome.reasons)


@pytest.mark.parametrize(
    "raw",
    [metformin(), sulfonylurea(glucose(300, 69), glucose(40, 69)), older(*[160] * 5), premix(HIGH, GOOD)],
)
def test_a_medicine_without_fixed_times_is_set_by_a_doctor(raw: dict[str, Any]) -> None:
    raw["regimens"][0]["times"] = []

    found = told(raw)

    assert (found["outcome"], found["rule"], found["to"]) == ("hold", None, None)
