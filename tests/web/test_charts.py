"""The charts: everything in the picture, nothing over the data, the same as a table; and colours one can read."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import companion.web
from companion.web.charting.charts import (
    Chart,
    DoseChange,
    GlucosePoint,
    Pressure,
    Span,
    Target,
    glucose_chart,
    pressure_chart,
)

END = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SPAN = Span(END - timedelta(days=14), END, ZoneInfo("Asia/Shanghai"))
GLUCOSE = Target(Decimal("3.9"), Decimal("10.0"))
PRESSURE = Target(low=Decimal(85), high=Decimal(135))
SVG = "{http://www.w3.org/2000/svg}"


def english(words: str) -> str:
    return words


def glucose(*points: GlucosePoint, **options: object) -> Chart:
    return glucose_chart(points, span=SPAN, target=GLUCOSE, unit="mmol/L", gettext=english, **options)  # type: ignore[arg-type]


def pressure(*bars: Pressure, **options: object) -> Chart:
    return pressure_chart(bars, span=SPAN, target=PRESSURE, gettext=english, **options)  # type: ignore[arg-type]


def point(days_ago: float, value: str, meal: str = "fasting") -> GlucosePoint:
    return GlucosePoint(END - timedelta(days=days_ago), Decimal(value), meal)


def bar(days_ago: float, systolic: int, diastolic: int) -> Pressure:
    return Pressure(END - timedelta(days=days_ago), Decimal(systolic), Decimal(diastolic), Decimal(70))


def elements(picture: str, tag: str, css: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(picture)
    return [element for element in root.iter() if element.tag == tag and css in element.get("class", "").split()]


def test_each_kind_of_value_has_a_shape_of_its_own() -> None:
    chart = glucose(
        *(point(n + 1, "6", meal) for n, meal in enumerate(("fasting", "before_meal", "after_meal", "bedtime", "")))
    )

    drawn = {
        element.get("d") or element.get("r")
        for element in ElementTree.fromstring(chart.wide).iter()
        if "inside" in element.get("class", "")
    }

    assert len(drawn) == 5
    assert [shape for shape, _ in chart.key] == ["●", "■", "▲", "◆", "○"]


def test_the_target_is_named_in_the_margin_and_not_over_the_data() -> None:
    chart = glucose(point(0, "6"), point(13.9, "6"))

    for picture, width in ((chart.wide, 720), (chart.narrow, 350)):
        labels = elements(picture, "text", "limit-label")
        right_of_data = max(float(circle.get("cx", 0)) for circle in elements(picture, "circle", "inside"))
        assert [label.text for label in labels] == ["3.9", "10.0"]
        assert all(right_of_data < float(label.get("x", 0)) < width for label in labels)


def test_a_value_on_the_edge_of_the_target_is_in_it() -> None:
    chart = glucose(point(1, "3.9"), point(2, "10.0"), point(3, "3.8"), point(4, "10.1"))

    assert [row[3] for row in chart.rows] == ["● in the target", "● in the target", "▼ low", "▲ high"]


def test_hi_and_lo_are_told_as_the_meter_said_them() -> None:
    hi = GlucosePoint(END - timedelta(days=1), None, "fasting", "HI")
    lo = GlucosePoint(END - timedelta(days=2), None, "fasting", "LO")

    chart = glucose(hi, lo)

    assert [(row[1], row[3]) for row in chart.rows] == [("HI", "▲ high"), ("LO", "▼ low")]
    assert len(elements(chart.wide, "circle", "outside")) == 2


@pytest.mark.parametrize(("drawn", "value"), [(glucose, point(1, "6")), (pressure, bar(1, 140, 80))])
def test_dose_changes_and_missed_doses_are_marked_and_explained(drawn: Callable[..., Chart], value: object) -> None:
    change = DoseChange(END - timedelta(days=3), "16 → 18 U")

    chart = drawn(value, changes=[change], missed=[END - timedelta(days=2)])

    assert [label.text for label in elements(chart.wide, "text", "change-label")] == ["1"]
    assert len(elements(chart.narrow, "path", "missed")) == 1
    assert ("✕", "missed dose") in chart.key
    assert ("1 ┆", "11-18: 16 → 18 U") in chart.key


def test_the_table_says_what_the_marks_say_in_the_order_of_time() -> None:
    change = DoseChange(END - timedelta(days=3), "16 → 18 U")

    chart = glucose(point(2.5, "6"), changes=[change], missed=[END - timedelta(days=2)])

    assert [row[1:] for row in chart.rows] == [
        ("✕", "", "missed dose"), ("6", "fasting", "● in the target"), ("1 ┆", "", "16 → 18 U"),
    ]  # fmt: skip


def test_a_low_is_ringed_named_and_told_apart_from_what_is_only_below_the_target() -> None:
    below_target, low = point(1, "4.2"), point(2, "3.8")
    goal = Target(Decimal("4.4"), Decimal("7.2"))

    chart = glucose_chart(
        [below_target, low], span=SPAN, target=goal, unit="mmol/L", gettext=english, low=Decimal("3.9")
    )

    assert len(elements(chart.wide, "circle", "ring")) == len(elements(chart.narrow, "circle", "ring")) == 1
    assert ("◎", "low: below 3.9") in chart.key
    assert [row[3] for row in chart.rows] == ["▼ low", "◎ a low"]


def test_a_faint_pressure_is_ringed_too() -> None:
    chart = pressure(bar(1, 89, 60), bar(2, 90, 60))

    assert len(elements(chart.wide, "circle", "ring")) == 1
    assert [row[3] for row in chart.rows] == ["◎ a low", "● in the target"]


def test_without_a_low_nothing_is_ringed_and_the_key_does_not_speak_of_it() -> None:
    chart = glucose(point(1, "3.0"), low=Decimal("2.8"))

    assert elements(chart.wide, "circle", "ring") == []
    assert "◎" not in dict(chart.key)


def test_times_are_those_of_the_patients_clock() -> None:
    chart = glucose(GlucosePoint(datetime(2026, 11, 20, 23, 10, tzinfo=UTC), Decimal(6)))

    assert chart.rows[0][0] == "2026-11-21 07:10"


def test_the_picture_says_in_words_what_it_shows() -> None:
    root = ElementTree.fromstring(glucose(point(1, "6"), point(2, "12")).wide)

    told = [root.findtext("title"), root.findtext("desc")]

    assert told == ["Glucose, finger-stick", "2 values, 1 of them in the target of 3.9 to 10.0 mmol/L"]
    assert root.get("aria-labelledby", "").split() == [root[0].get("id"), root[1].get("id")]


def test_the_two_widths_have_ids_of_their_own() -> None:
    chart = glucose(point(1, "6"))

    ids = re.findall(r'id="([^"]+)"', chart.wide + chart.narrow)

    assert len(ids) == len(set(ids)) == 4


@pytest.mark.parametrize(("systolic", "diastolic", "above"), [(134, 84, False), (135, 80, True), (120, 85, True)])
def test_a_pressure_is_above_when_either_limit_is_reached(systolic: int, diastolic: int, above: bool) -> None:
    chart = pressure(bar(1, systolic, diastolic))

    assert len(elements(chart.wide, "line", "outside")) == above
    assert chart.rows[0][3] == ("▲ high" if above else "● in the target")


def test_pressure_has_two_limits_and_no_band() -> None:
    chart = pressure(bar(1, 142, 88))

    assert [label.text for label in elements(chart.narrow, "text", "limit-label")] == ["<135", "<85"]
    assert elements(chart.narrow, "rect", "band") == []
    assert chart.rows[0][1:3] == ("142/88", "70")


@pytest.mark.parametrize("days", [7, 14, 30, 90, 365])
def test_no_more_days_are_named_than_fit(days: int) -> None:
    span = Span(END - timedelta(days=days), END, ZoneInfo("Asia/Shanghai"))
    chart = glucose_chart([point(1, "6")], span=span, target=GLUCOSE, unit="mmol/L", gettext=english)

    named = [re.findall(r">\d\d-\d\d<", picture) for picture in (chart.wide, chart.narrow)]

    assert 3 <= len(named[0]) <= 7
    assert 2 <= len(named[1]) <= 4


def test_words_are_text_and_never_markup() -> None:
    evil = DoseChange(END - timedelta(days=1), "x")

    chart = glucose_chart(
        [point(1, "6")], span=SPAN, target=GLUCOSE, unit="mmol/L", gettext=lambda words: f"<b>{words}", changes=[evil]
    )

    assert "<b>" not in chart.wide


@given(
    st.lists(
        st.tuples(st.floats(0, 14), st.decimals("0.6", "40", places=1), st.sampled_from(["", "fasting", "casual"])),
        max_size=30,
    )
)
def test_every_value_is_in_the_picture_and_in_the_table(values: list[tuple[float, Decimal, str]]) -> None:
    chart = glucose(*(GlucosePoint(END - timedelta(days=ago), value, meal) for ago, value, meal in values))

    assert len(chart.rows) == len(values)
    for picture, (width, height) in ((chart.wide, (720, 320)), (chart.narrow, (350, 300))):
        circles = elements(picture, "circle", "inside") + elements(picture, "circle", "outside")
        assert len(circles) == len(values)
        assert all(0 <= float(c.get("cx", -1)) <= width and 0 <= float(c.get("cy", -1)) <= height for c in circles)


def test_there_is_no_style_inside_a_picture() -> None:
    pictures = glucose(point(1, "6")).wide + pressure(bar(1, 142, 88)).wide

    assert "style" not in pictures
    assert "fill=" not in pictures


# Colours

STYLE = (Path(companion.web.__file__).parent / "static" / "companion.css").read_text(encoding="utf-8")
TOKENS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", STYLE))
TEXT_ON = [
    ("ink", "page"), ("ink", "card"), ("ink", "chosen"), ("muted", "page"), ("muted", "card"),
    ("on-primary", "primary"), ("on-go", "go"), ("primary", "card"), ("primary", "page"), ("primary", "chosen"),
    ("ok", "ok-back"), ("ok", "card"), ("high", "high-back"), ("high", "card"), ("warn", "warn-back"),
    ("warn", "card"), ("plain", "plain-back"), ("plain", "card"), ("ink", "plain-back"),
]  # fmt: skip


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of #rrggbb."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio of two tokens."""
    lighter, darker = sorted((luminance(TOKENS[one]), luminance(TOKENS[other])), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_can_be_read_on_its_ground(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize(("edge", "ground"), [("edge", "card"), ("focus-edge", "page"), ("primary", "card")])
def test_edges_of_what_can_be_pressed_are_seen(edge: str, ground: str) -> None:
    assert contrast(edge, ground) >= 3


def test_every_text_colour_of_the_style_sheet_is_tested() -> None:
    used = set(re.findall(r"[;{ ]color: var\(--([a-z-]+)\)", STYLE))

    assert used <= {text for text, _ in TEXT_ON}


def test_targets_are_large_enough_for_a_thumb() -> None:
    sizes = dict(re.findall(r"--(tap[a-z-]*): (\d+)px", STYLE))

    assert int(sizes["tap"]) >= 52
    assert int(sizes["tap-primary"]) >= 64
