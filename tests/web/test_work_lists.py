"""A doctor's work lists: their own patients only, each with the reason."""

from typing import Any

from sqlalchemy import Engine

from companion.care.people import Person
from companion.db import writing
from companion.programme.segments import keeping
from companion.programme.segments.definitions import Figure
from companion.programme.segments.placing import Sheet
from companion.programme.segments.shipped import definitions
from companion.programme.segments.trend import Measure, Slope, Trend
from tests.people import NOON, Cast

HIGH = Sheet({Figure.SYSTOLIC: 166.0, Figure.NO_READING_DAYS: 20})
WORSE = Trend(Measure.SYSTOLIC, Slope(0.2, 0.1, 0.3), 40, 56)


def keep(engine: Engine, *sheets: tuple[Person, Sheet]) -> None:
    with writing(engine) as session:
        keeping.keep(session, definitions(), [(person.id, sheet) for person, sheet in sheets], NOON)


def test_a_doctor_sees_their_own_patients_and_why(engine: Engine, cast: Cast, signed_in: Any) -> None:
    keep(engine, (cast.patient, HIGH), (cast.other_patient, HIGH))

    lists = signed_in(cast.doctor).get("/doctor/segments").get_data(as_text=True)
    page = signed_in(cast.doctor).get("/doctor/segments/high_and_silent").get_data(as_text=True)

    assert "High risk, and silent" in lists
    assert cast.patient.name in page
    assert cast.other_patient.name not in page
    assert "systolic 166 mmHg; at least 160" in page
    assert "days without a value 20; at least 14" in page


def test_a_trend_is_told_with_its_interval(engine: Engine, cast: Cast, signed_in: Any) -> None:
    keep(engine, (cast.patient, Sheet(trends=(WORSE,))))

    page = signed_in(cast.doctor).get("/doctor/segments/getting_worse").get_data(as_text=True)

    assert "systolic +11.2 mmHg in 56 days (+5.6 to +16.8), of 40 points" in page


def test_the_lists_say_that_the_patients_of_the_back_test_are_made_up(cast: Cast, signed_in: Any) -> None:
    page = signed_in(cast.doctor).get("/doctor/segments").get_data(as_text=True)

    assert "made-up patients" in page
    assert "Wrongly named" in page


def test_a_list_that_there_is_not_is_not_found(cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.doctor)

    assert browser.get("/doctor/segments/none").status_code == 404
    assert browser.get("/doctor/segments/fading?page=0").status_code == 404


def test_a_stranger_sees_nobody_and_a_patient_no_list(engine: Engine, cast: Cast, signed_in: Any) -> None:
    keep(engine, (cast.patient, HIGH))

    page = signed_in(cast.other_doctor).get("/doctor/segments/high_and_silent").get_data(as_text=True)

    assert cast.patient.name not in page
    assert signed_in(cast.patient).get("/doctor/segments").status_code == 403


def test_the_api_tells_the_same_and_of_nobody_elses_patients(engine: Engine, cast: Cast, signed_in: Any) -> None:
    keep(engine, (cast.patient, HIGH), (cast.other_patient, HIGH))
    doctor = signed_in(cast.doctor)

    lists = {each["id"]: each["count"] for each in doctor.get("/api/v1/work-lists").get_json()["lists"]}
    told = doctor.get("/api/v1/work-lists/high_and_silent").get_json()

    assert (lists["high_and_silent"], lists["getting_worse"]) == (1, 0)
    assert [each["patient"] for each in told["members"]] == [cast.patient.public_id]
    because = {each["figure"]: (each["value"], each["limit"]) for each in told["members"][0]["because"]}
    assert because["systolic_mmhg"] == (166.0, 160.0)
    assert told["members"][0]["levels"]["engagement"] == "silent"
    assert doctor.get("/api/v1/work-lists/none").status_code == 404
    assert doctor.get("/api/v1/work-lists/high_and_silent?page=0").status_code == 422
