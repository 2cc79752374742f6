"""When a rule is rejected too often, and what is left of an outcome when it is. Pure."""

from datetime import timedelta

import pytest

from companion.advice.assessing.holding_back import LEFT_ALONE_FOR, without_rejected, without_suspended
from companion.advice.deciding.acts import Decision
from companion.advice.quality.rule_quality import InUse, Judged, is_rejected_too_often
from tests.advice.builders import NOW, glucose, outcome_of, plain

YES, NO = Decision.APPROVED, Decision.REJECTED


@pytest.mark.parametrize(
    ("decisions", "is_too_often"),
    [
        ([NO] * 8 + [YES] * 12, False),  # exactly 40 %
        ([NO] * 9 + [YES] * 11, True),
        ([YES] * 11 + [NO] * 9, True),
        ([NO] * 19, False),  # 19 reviews tell too little
        ([NO] * 20, True),
        ([NO] * 30 + [YES] * 12 + [NO] * 8, False),  # only the last 20 count
        ([YES] * 30 + [NO] * 9 + [YES] * 11, True),
        ([Decision.AMENDED] * 20, False),
        ([], False),
    ],
)
def test_more_than_forty_percent_of_the_last_twenty(decisions: list[Decision], is_too_often: bool) -> None:
    assert is_rejected_too_often(decisions) is is_too_often


def test_a_suspended_rule_proposes_nothing_and_says_why() -> None:
    outcome = outcome_of(plain())

    held = without_suspended(outcome, {"R5"})

    assert (outcome.action, held.action, held.to_amount, held.outcome) == ("increase", "none", None, "hold")
    assert held.expires_at is None
    assert held.reasons[0].code == "rule_suspended"
    assert "18" not in " ".join(reason.text for reason in held.reasons)


def test_another_rule_is_not_without_suspended() -> None:
    outcome = outcome_of(plain())

    assert without_suspended(outcome, {"R1", "R2"}) == outcome


def test_a_decrease_for_safety_is_never_silenced() -> None:
    outcome = outcome_of(plain(readings=[glucose(3, 50, "fasting")]))

    held = without_suspended(outcome, {"R1", "R2", "R5"})

    assert outcome.action == "decrease"
    assert held == outcome


@pytest.mark.parametrize(("ago", "action"), [(timedelta(0), "none"), (LEFT_ALONE_FOR, "increase")])
def test_a_rejected_increase_is_left_alone_for_three_days(ago: timedelta, action: str) -> None:
    outcome = outcome_of(plain())

    assert without_rejected(outcome, NOW - ago, NOW).action == action


def test_a_rejected_decrease_is_proposed_all_the_same() -> None:
    outcome = outcome_of(plain(readings=[glucose(3, 50, "fasting")]))

    assert without_rejected(outcome, NOW, NOW) == outcome


def test_figures_count_each_decision_and_why_it_was_rejected() -> None:
    judged = (Judged(YES), Judged(NO, "refer"), Judged(NO, "refer"), Judged(NO, "other"), Judged(Decision.AMENDED))

    in_use = InUse("basal@1", "R5", "increase", judged, undecided=3)

    assert [in_use.count(each) for each in Decision] == [1, 1, 3]
    assert in_use.codes == [("refer", 2), ("other", 1)]
    assert in_use.median_on_card is None
