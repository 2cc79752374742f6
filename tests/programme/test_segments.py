"""Definitions of segments: what they refuse, whom they mean, and why."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInput
from companion.programme.segments.definitions import Figure, definitions_from
from companion.programme.segments.placing import Sheet, place, reasons, sheet_from, traits_of
from companion.programme.segments.shipped import SHIPPED, definitions
from companion.programme.segments.trend import Measure, Slope, Trend

TEXT = SHIPPED.read_text("utf-8")
SHIPPED_ONES = definitions()

WORSE = Trend(Measure.SYSTOLIC, Slope(0.2, 0.1, 0.3), 40, 56)


def keys_of(sheet: Sheet) -> set[str]:
    traits = traits_of(SHIPPED_ONES, sheet)
    return {segment.key for segment in SHIPPED_ONES.segments if segment.needs.are_met(traits)}


def test_high_pressure_and_silence_is_a_list_of_its_own_with_both_reasons() -> None:
    sheet = Sheet({Figure.SYSTOLIC: 166.0, Figure.NO_READING_DAYS: 20})

    why = reasons(SHIPPED_ONES, "high_and_silent", sheet)

    assert "high_and_silent" in keys_of(sheet)
    assert [(each.value, each.limit.number) for each in why.axes["risk"].because] == [(166.0, 160)]
    assert [each.value for each in why.axes["engagement"].because] == [20]


def test_what_is_not_known_is_never_good() -> None:
    nothing = Sheet()

    assert {place(axis, nothing).level for axis in SHIPPED_ONES.axes} == {"unknown"}
    assert keys_of(nothing) == {"nothing_known"}


def test_the_first_level_that_fits_is_the_patients() -> None:
    axis = SHIPPED_ONES.axis("risk")

    assert place(axis, Sheet({Figure.SYSTOLIC: 140.0})).level == "raised"
    assert place(axis, Sheet({Figure.SYSTOLIC: 140.0, Figure.BELOW: 6.0})).level == "high"
    assert place(axis, Sheet({Figure.SYSTOLIC: 120.0})).level == "usual"


@pytest.mark.parametrize(("taken", "level"), [(49.9, "low"), (50.0, "partial"), (79.9, "partial"), (80.0, "good")])
def test_a_limit_belongs_to_the_side_that_its_words_say(taken: float, level: str) -> None:
    assert place(SHIPPED_ONES.axis("adherence"), Sheet({Figure.TAKEN: taken})).level == level


def test_only_a_trend_that_is_worsening_brings_somebody_on_the_list_and_is_told_as_the_reason() -> None:
    rising, unsure = Sheet(trends=(WORSE,)), Sheet(trends=(WORSE._replace(slope=Slope(0.2, -0.1, 0.4)),))

    assert "getting_worse" in keys_of(rising)
    assert reasons(SHIPPED_ONES, "getting_worse", rising).trends == [WORSE]
    assert "getting_worse" not in keys_of(unsure)


figures = st.dictionaries(st.sampled_from(list(Figure)), st.floats(0, 300), max_size=7)
said = st.frozensets(st.sampled_from(["class:metformin", "diagnosis:diabetes_type2", "event:first_month"]))


@given(figures=figures, said=said, trends=st.lists(st.just(WORSE), max_size=1))
def test_a_sheet_comes_back_as_it_was_written(
    figures: dict[Figure, float], said: frozenset[str], trends: list[Trend]
) -> None:
    sheet = Sheet(figures, said, tuple(trends))

    assert sheet_from(sheet.as_json()) == sheet


@given(figures=figures)
def test_everybody_is_on_one_level_of_each_axis_and_nobody_is_on_a_list_without_a_reason(
    figures: dict[Figure, float],
) -> None:
    sheet = Sheet(figures)
    levels = [
        trait for trait in traits_of(SHIPPED_ONES, sheet) if trait.split(":")[0] in ("risk", "adherence", "engagement")
    ]

    assert len(levels) == 3
    for key in keys_of(sheet):
        why = reasons(SHIPPED_ONES, key, sheet)
        assert why.axes or why.trends


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        (
            'figure = "systolic_mmhg", at_least = 160',
            'figure = "weight", at_least = 160',
            "axis 1 level 1 limit 3",
            "no figure",
        ),
        ("at_least = 160,", "at_least = 160, below = 3,", "axis 1 level 1 limit 3", "one number"),
        ('source = "house rule" }', 'source = "" }', "source", "is missing"),
        ('risk = ["high"]\nengagement', 'risk = ["highest"]\nengagement', "segment 1.risk", "'highest' is not known"),
        ('zh = "风险高且没有消息"', 'zh = ""', "segment 1.title", "both languages"),
        ('worsening = ["systolic", "glucose", "taken"]', "", "segment 4", "mean everybody"),
        ('key = "fading"', 'key = "getting_worse"', "own.toml", "same key"),
        ('name = "adherence"', 'name = "charm"', "own.toml", "each axis once"),
        ('version = "2026-11.1"', "", "version", "is missing"),
        ("[[axis]]", "[[axis", "own.toml", "cannot be read"),
    ],
)
def test_a_file_that_is_not_clear_is_refused_with_place_and_reason(old: str, new: str, where: str, said: str) -> None:
    assert old in TEXT

    with pytest.raises(BadInput, match=said) as refused:
        definitions_from(TEXT.replace(old, new, 1), "own.toml")

    assert where in str(refused.value.where)


def test_a_clinics_own_file_takes_the_place_of_ours(tmp_path: Path) -> None:
    own = tmp_path / "segments.toml"
    own.write_text(TEXT.replace("at_least = 160", "at_least = 150"), "utf-8")

    found = place(definitions(own).axis("risk"), Sheet({Figure.SYSTOLIC: 155.0}))

    assert found.level == "high"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        definitions(tmp_path / "none.toml")
