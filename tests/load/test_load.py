"""What `make load` adds and writes down. The pressing itself is a target of its own."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from companion.readings.reading import Metric
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from tests.load.clinic import DAYS, fill
from tests.load.day_table import Lived, first_to_break, loads
from tests.load.hub_bodies import Meter
from tests.load.memory import resident_mb
from tests.load.table import Run, text_of, with_run
from tests.web.loop.house import House

ROW = {"Request Count": "1200", "Failure Count": "3", "Requests/s": "10.04", "50%": "21", "95%": "80"}


def run_with(p99: str) -> Run:
    rows = [ROW | {"Name": "patient: today", "99%": "90"}, ROW | {"Name": "Aggregated", "99%": p99}]
    return Run("small", "morning", 1_000, 120, "2 cores", "2026-11-23", rows, {"web": [100.0, 110.0, 105.0]})


def test_each_patient_has_values_and_a_session_that_opens_the_day(tmp_path: Path) -> None:
    house = House(tmp_path)

    cast = fill(house.services, 6)
    house.services.beat(house.now)

    browser = house.app.test_client()
    browser.set_cookie(cast["cookie"], cast["patients"][5]["secret"])
    assert browser.get("/today").status_code == 200
    assert [len(cast[kind]) for kind in ("patients", "doctors", "hubs")] == [6, 10, 2]
    values = house.stores.readings.latest(cast["patients"][0]["id"], Metric.GLUCOSE, DAYS + 1)
    assert len(values) == DAYS
    assert len(house.all(Dose, state=DoseState.DUE.value)) == 6


def test_what_a_hub_says_under_load_is_taken_in(tmp_path: Path) -> None:
    house = House(tmp_path)
    cast, meter = fill(house.services, 1), Meter(7, house.now)
    post = partial(house.app.test_client().post, headers={"Authorization": f"Bearer {cast['hubs'][0]}"})

    known = post("/api/v1/devices", json=meter.device)
    sent = [post("/api/v1/readings:batch", json=meter.batch(count, house.now)) for count in (50, 3)]

    assert known.status_code == 201
    assert [answer.get_json()["new"] for answer in sent] == [50, 3]


@pytest.mark.parametrize(("p99", "verdict"), [("499", "**met**"), ("500", "**not met**")])
def test_the_mark_is_met_below_half_a_second(p99: str, verdict: str) -> None:
    text = text_of(run_with(p99))

    assert verdict in text
    assert f"| all | 1,200 | 3 | 10.0 | 21 | 80 | {p99} |" in text
    assert "Memory of web: 100 MB in the first tenth, 105 MB in the last, 110 MB at most." in text


def test_with_fewer_patients_there_is_no_mark_to_meet() -> None:
    assert "The mark" not in text_of(replace(run_with("1"), patients=50))


def test_a_soak_says_what_memory_was_after_each_third() -> None:
    soak = replace(run_with("1"), seconds=1_800, memory={"jobs": [90.0, *[95.0] * 3, *[100.0] * 2, 101.0]})

    text = text_of(soak)

    assert "90 after 0 min, 95 after 10 min, 100 after 20 min, 101 after 30 min." in text


def test_a_run_takes_the_place_of_the_one_before_and_of_no_other() -> None:
    other = "<!-- large morning -->\n<!-- end of large morning -->\n"
    page = f"a\n<!-- small morning -->\nold\n<!-- end of small morning -->\n{other}"

    written = with_run(page, run_with("1").key, "new\n")

    assert "old" not in written
    assert written.count("new") == 1
    assert written.endswith(other)
    with pytest.raises(ValueError, match="no <!-- small noon -->"):
        with_run(page, "small noon", "new\n")


def test_of_what_there_is_the_day_names_what_is_taken_most() -> None:
    spent = {"beats": 60.0, "answers": 30.0, "values": 40.0}
    lived = Lived(1_000, spent, {"beats": 6.0, "answers": 3.0, "values": 20.0}, 4_000_000, 4_500)

    assert loads(lived, 10_000)["jobs"] == pytest.approx(0.1)
    assert loads(lived, 1_000)["pages and answers"] == pytest.approx((20 + 30) / 1200)
    assert first_to_break(lived, 1_000).startswith("nothing (one provider")
    assert first_to_break(lived, 1_000_000) == "one provider, one text after the other (250.0 times what there is)"


def test_memory_is_that_of_the_process_and_what_it_started() -> None:
    assert resident_mb(os.getpid()) > 10
