"""Glucose by time of day: in the picture, beside it as a table, and never joined across what nobody measured."""

from decimal import Decimal
from xml.etree import ElementTree

from companion.readings.units import GlucoseUnit
from companion.web.charting.charts import Chart
from companion.web.charting.day_charts import DayPart, DayPoint, ModalRow, modal_chart, profile_chart
from companion.web.charting.shown_glucose import GENERAL_TARGET, figure_in

MMOL_L = GlucoseUnit.MMOL_L


def english(words: str) -> str:
    return words


def part(start_min: int, *percentiles: str) -> DayPart:
    return DayPart(start_min, start_min + 30, 40, tuple(map(Decimal, percentiles or ("4", "5", "6", "8", "11"))))


def profile(*parts: DayPart) -> Chart:
    return profile_chart(parts, target=GENERAL_TARGET[MMOL_L], unit=MMOL_L.value, gettext=english)


def modal(*points: DayPoint) -> Chart:
    rows = [ModalRow("before breakfast", len(points), 1, *(points[0].value,) * 3, 400, 1439)] if points else []
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
    assert len(drawn(chart.wide, "median")) == 1
    assert chart.rows == (("before breakfast", "2", "50 %", "3.9", "3.9", "3.9"),)


def test_a_figure_is_rounded_as_a_device_rounds() -> None:
    assert (figure_in(180.182, MMOL_L), figure_in(153.5, GlucoseUnit.MG_DL)) == (Decimal("10.0"), Decimal(154))


def test_the_median_of_a_night_goes_on_after_midnight() -> None:
    night = ModalRow("at night", 2, 2, *(Decimal(6),) * 3, 1400, 1500)
    only_hi = ModalRow("at bedtime", 1, 0, None, None, None, 1300, 1300)

    chart = modal_chart(
        [DayPoint(1400, Decimal(6))], [night, only_hi], target=GENERAL_TARGET[MMOL_L], unit="mmol/L", gettext=english
    )

    pieces = [line.attrib["points"].split() for line in drawn(chart.narrow, "median")]
    assert [len(piece) for piece in pieces] == [2, 2]
    begins = [float(piece[0].split(",")[0]) for piece in pieces]
    assert begins[1] < begins[0]
    assert chart.rows[1] == ("at bedtime", "1", "0 %", "", "", "")
