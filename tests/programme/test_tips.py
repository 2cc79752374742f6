"""What a tip may say, for whom it is, and that another word needs another review."""

from dataclasses import replace
from pathlib import Path

import pytest

from companion.errors import BadInput
from companion.programme.outreach.shipped import SHIPPED, tips
from companion.programme.outreach.tip_effect import Followed, Verdict, effect, share
from companion.programme.outreach.tip_models import Arm
from companion.programme.outreach.tips import faults, tips_from
from companion.programme.segments.shipped import definitions

TEXT = SHIPPED.read_text("utf-8")
LEVELS = {axis.name: axis.names for axis in definitions().axes}
MEASURING = next(tip for tip in tips() if tip.key == "clean_hands")
SHARES = {"sent": 9, "held_out": 1}


def test_none_of_ours_says_what_it_may_not() -> None:
    assert [tip.key for tip in tips() if faults(tip, ["Insulin glargine", "Metformin", "Amlodipine", "二甲双胍"])] == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Take 10 mg in the evening.", "amount"),
        ("You may skip a dose when it is hot.", "amount"),
        ("天热时可以减量。", "amount"),
        ("Ask about metformin.", "names a medicine"),
        ("问问二甲双胍。", "names a medicine"),
        ("Buy a new meter with a 20 % discount.", "offer"),
        ("现在购买有优惠。", "offer"),
        ("See www.shop.example for more.", "address"),
        ("Call +49 30 123456 now.", "address"),
        ("x" * 501, "too long"),
    ],
)
def test_a_tip_that_advises_a_dose_names_a_medicine_or_sells_is_refused(said: str, reason: str) -> None:
    tip = replace(MEASURING, text={"en": said, "zh": "测血糖前请洗手。"})

    found = faults(tip, ["Metformin 500 mg", "二甲双胍"])

    assert any(reason in fault for fault in found)


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ('key = "first_weeks"', 'key = "First weeks"', "tip 1.key", "no key"),
        ('subject = "getting_started"', "", "tip 1.subject", "no key"),
        ('event = ["first_month"]', 'event = ["birthday"]', "tip 1.event", "'birthday' is not known"),
        ('event = ["first_month"]', "", "tip 1", "mean everybody"),
        ("again_after_days = 365", "again_after_days = 3", "tip 1.again_after_days", "between 30 and 730"),
        ("months = [11, 12, 1, 2]", "months = [13]", "tip 3.months", "list of months"),
        (
            'link = "guides"',
            'link = { en = "https://shop.example", zh = "https://shop.example" }',
            "tip 2.link",
            "linked",
        ),
        ('link = "guides"', 'link = { en = "http://www.who.int", zh = "http://www.who.int" }', "tip 2.link", "linked"),
        ('source = "house text"', 'source = ""', "tip 1.source", "is missing"),
        ("Nothing can be broken by looking.", "Buy one get one.", "tip 1", "offer"),
        ('without = ["engagement:silent"]', 'without = ["silent"]', "tip 5.without", "no trait"),
        ('key = "cold_months"', 'key = "first_weeks"', "tips.toml", "same key"),
        ("[[tip]]", "[[tip", "tips.toml", "cannot be read"),
    ],
)
def test_a_file_that_is_not_clear_is_refused_with_place_and_reason(old: str, new: str, where: str, said: str) -> None:
    assert old in TEXT

    with pytest.raises(BadInput, match=said) as refused:
        tips_from(TEXT.replace(old, new, 1), "tips.toml", LEVELS)

    assert where in str(refused.value.where)


def test_public_bodies_may_be_linked_to() -> None:
    linked = TEXT.replace(
        'link = "guides"', 'link = { en = "https://www.who.int/x", zh = "https://www.nhc.gov.cn/x" }', 1
    )

    found = tips_from(linked, "tips.toml", LEVELS)

    assert found[1].link["zh"] == "https://www.nhc.gov.cn/x"


def test_another_word_or_another_group_needs_another_review() -> None:
    others = [
        replace(MEASURING, text={**MEASURING.text, "zh": "另一句话"}),
        replace(MEASURING, needs=MEASURING.needs._replace(without=frozenset())),
        replace(MEASURING, again_after_days=181),
    ]

    assert len({MEASURING.digest, *(each.digest for each in others)}) == 4
    assert replace(MEASURING).digest == MEASURING.digest


def test_a_clinics_own_file_takes_the_place_of_ours(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(TEXT[: TEXT.index("[[tip]]", TEXT.index("[[tip]]") + 1)], "utf-8")

    assert [tip.key for tip in tips(own)] == ["first_weeks"]


def test_seasons_are_months_and_none_is_the_whole_year() -> None:
    cold = next(tip for tip in tips() if tip.key == "cold_months")

    assert [month for month in range(1, 13) if cold.is_in_season(month)] == [1, 2, 11, 12]
    assert all(MEASURING.is_in_season(month) for month in range(1, 13))


# What they do


def people(arm: Arm, *taken: int) -> list[Followed]:
    return [Followed(arm, each, 14) for each in taken]


def test_a_difference_is_told_with_its_interval_and_only_then() -> None:
    sent = people(Arm.SENT, *[13, 14] * 45)
    held = people(Arm.HELD_OUT, *[5, 7] * 5)

    found = effect(sent + held, {"sent": 90, "held_out": 10}, SHARES)

    assert found.verdict is Verdict.MORE
    assert found.difference is not None
    assert 0 < found.difference.interval.low < found.difference.value < found.difference.interval.high


def test_equal_parts_show_no_difference() -> None:
    found = effect(
        people(Arm.SENT, *[10, 12] * 45) + people(Arm.HELD_OUT, *[10, 12] * 5), {"sent": 90, "held_out": 10}, SHARES
    )

    assert found.verdict is Verdict.NO_DIFFERENCE


def test_of_few_people_nothing_is_told() -> None:
    found = effect(people(Arm.SENT, *[14] * 50) + people(Arm.HELD_OUT, *[0] * 9), {"sent": 81, "held_out": 9}, SHARES)

    assert (found.verdict, found.rates, found.difference) == (Verdict.TOO_FEW, {}, None)
    assert share(3, 9) is None


def test_who_had_no_dose_due_counts_nowhere() -> None:
    nobody = [Followed(Arm.HELD_OUT, 0, 0)] * 20

    assert effect(nobody, {"sent": 180, "held_out": 20}, SHARES).people == {Arm.SENT: 0, Arm.HELD_OUT: 0}


def test_parts_that_are_not_as_they_should_be_are_not_trusted() -> None:
    found = effect(people(Arm.SENT, *[14] * 50) + people(Arm.HELD_OUT, *[0] * 50), {"sent": 50, "held_out": 50}, SHARES)

    assert found.verdict is Verdict.UNEVEN
    assert found.difference is None
