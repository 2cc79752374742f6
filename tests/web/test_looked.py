"""The patient's page about who looked at her data."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from companion.care.read_log import ReadEntry, note_reads
from companion.web.for_patients.looked import by_day
from tests.people import NOON, Cast
from tests.web.conftest import FakeClock

SHANGHAI = ZoneInfo("Asia/Shanghai")


def look(engine: Engine, cast: Cast, who: str, kind: str = "see_readings", now: datetime = NOON) -> None:
    note_reads(engine, who=who, patients=[cast.patient.public_id], kind=kind, route="x", now=now)


def test_she_sees_who_looked_at_what_and_how_often(engine: Engine, cast: Cast, signed_in: Any) -> None:
    look(engine, cast, cast.doctor.public_id)
    look(engine, cast, cast.doctor.public_id, "see_advice")
    look(engine, cast, cast.caregiver.public_id)
    look(engine, cast, "calendar feed", "link")
    look(engine, cast, cast.patient.public_id)

    page = signed_in(cast.patient).get("/my-data/looked").get_data(as_text=True)

    for said in (
        "Dr. Li",
        "a suggestion about a dose, your readings",
        "2 times",
        "Wang Junior",
        "a calendar with your",
    ):
        assert said in page
    assert "You yourself looked 1 times" in page


def test_looks_at_others_and_of_long_ago_are_not_there(
    engine: Engine, cast: Cast, signed_in: Any, clock: FakeClock
) -> None:
    look(engine, cast, cast.doctor.public_id)
    note_reads(engine, who=cast.other_doctor.public_id, patients=["pa_x"], kind="x", route="x", now=NOON)
    clock.forward(days=31)

    page = signed_in(cast.patient).get("/my-data/looked").get_data(as_text=True)

    assert "Nobody but you." in page
    assert "Dr. Zhao" not in page


def test_her_data_page_leads_there_and_looking_there_is_no_look(engine: Engine, cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.patient)

    page = browser.get("/my-data").get_data(as_text=True)
    browser.get("/my-data/looked")
    again = browser.get("/my-data/looked").get_data(as_text=True)

    assert "/my-data/looked" in page
    assert "You yourself looked 1 times" in again


def test_days_are_those_of_her_clock_and_the_newest_comes_first(cast: Cast) -> None:
    def at(hour: int, who: str) -> ReadEntry:
        return ReadEntry(at=NOON.replace(hour=hour), who=who, patient="pa", kind="see_readings", route="x")

    lines = by_day([at(17, "a"), at(16, "b"), at(15, "a")], SHANGHAI)

    assert [(line.day.day, line.who, line.times) for line in lines] == [(22, "a", 1), (22, "b", 1), (21, "a", 1)]
