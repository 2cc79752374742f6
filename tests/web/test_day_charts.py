"""Glucose by time of day: in the picture, beside it as a table, and never joined across what nobody measured."""

from decimal import Decimal
from xml.etree import ElementTree

from companion.readings.units import GlucoseUnit
from companion.web.charts import Chart
from companion.web.day_charts import DayPart, DayPoint, ModalRow, modal_chart, profile_chart
from companion.web.shown_glucose import GENERAL_TARGET, figure_in

MMOL_L = GlucoseUnit.MMOL_L


def english(words: str) -> str:
    return words


def part(start_min: int, *percentiles: str) -> DayPart:
    return DayPart(start_min, start_min + 30, 40, tuple(map(Decimal, percentiles or ("4", "5", "6", "8", "11"))))


def profile(*parts: DayPart) -> Chart:
    return profile_chart(parts, target=GENERAL_TARGET[MMOL_L], unit=MMOL_L.value, gettext=english)


def modal(*points: DayPoint) -> Chart:
    rows = [ModalRow(360, 540, len(points), *(points[0].value,) * 3)] if points else []
    return modal_chart(points, rows, target=GENERAL_TARGET[MMOL_L], unit=MMOL_L.value, gettext=english)


def drawn(picture: str, css: str) -> list[ElementTree.Element]:
    return [element for element in ElementTree.fromstring(picture).iter() if element.get("class") == css]


def test_the_table_tells_every_percentile_that_is_drawn() -> None:
    chart = profile(part(0), part(30, "3.9", "4.1", "5", "6", "7.2"))

    assert chart.heads == ("Time", "5 %", "25 %", "50 %", "75 %", "95 %", "n")
    assert chart.rows[1] == ("00:30-01:00", "3.9", "4.1", "5", "6", "7.2", "40")


def test_nothing_is_drawn_across_half_hours_without_values() -> None:
    whole = profile(part(0), part(30), part(60))
    with_a_hole = profile(part(0), part(30), part(90), part(120))

    for css in ("most", "half", "median"):
        assert len(drawn(whole.wide, css)) == 1
        assert len(drawn(with_a_hole.narrow, css)) == 2


def test_high_values_stay_within_the_picture() -> None:
    chart = profile(part(0, "5", "9", "12", "18", "27"), part(30))

    (field,) = drawn(chart.wide, "most")

    assert all(float(place.split(",")[1]) >= 0 for place in field.attrib["points"].split())


def test_both_pictures_say_in_words_what_they_show() -> None:
    for picture in (profile(part(0)).wide, modal(DayPoint(400, Decimal(6))).narrow):
        root = ElementTree.fromstring(picture)

        assert all(child.text for child in root[:2])
        assert root.get("role") == "img"


def test_a_meters_values_are_points_and_their_shape_says_what_the_colour_says() -> None:
    chart = modal(DayPoint(400, Decimal("3.9")), DayPoint(1439, Decimal("10.1")))

    assert len(drawn(chart.wide, "inside")) == 1
    assert drawn(chart.wide, "outside")[0].tag.endswith("path")
    assert drawn(chart.wide, "median") == []
    assert chart.rows == (("06:00-09:00", "2", "3.9", "3.9", "3.9"),)


def test_a_figure_is_rounded_as_a_device_rounds() -> None:
    assert (figure_in(180.182, MMOL_L), figure_in(153.5, GlucoseUnit.MG_DL)) == (Decimal("10.0"), Decimal(154))
