"""The administrator sees what is silent, what waits, and who stands for which protocol."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from companion.advice.grammar.cited_numbers import unverified
from companion.advice.signed.signing import sign, withdraw
from companion.care.backup_notes import BackupMade
from companion.care.due_work import WorkKind, put_off
from companion.care.people import Person
from companion.care.read_log import ReadEntry
from companion.db import reading, writing
from companion.devices.models import Device, Hub
from companion.erasing.models import Erasure, ErasureState
from companion.jobs import note_beat
from companion.services import Services
from companion.web.in_words.device_words import clock_text
from tests.people import NOON, Cast
from tests.web.conftest import Browser, FakeClock
from tests.web.page_words import words_of


def add_device(engine: Engine, patient: Person, name: str, days_ago: float, **changed: Any) -> None:
    at = NOON - timedelta(days=days_ago)
    values: dict[str, Any] = {"public_id": f"dv_{name}", "identity": name, "kind": "glucose", "name": name}
    with writing(engine) as session:
        session.add(Device(patient_id=patient.id, first_seen_at=at, last_seen_at=at, **values | changed))


def add_hub(engine: Engine, patient: Person, name: str, days_ago: float) -> None:
    at = NOON - timedelta(days=days_ago)
    with writing(engine) as session:
        hub = Hub(
            public_id=f"hb_{name}", patient_id=patient.id, name=name, token_hash=name, paired_at=at, last_seen_at=at
        )
        session.add(hub)


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row">([^<]+)<div', page)


# Devices


def test_silent_devices_stand_first_with_what_is_odd_about_them(engine: Engine, cast: Cast, signed_in: Any) -> None:
    add_device(engine, cast.patient, "Fresh", 0.1, battery_percent=90, clock_offset_s=-30)
    add_device(engine, cast.other_patient, "Silent", 8, battery_percent=10, clock_offset_s=3600)
    add_device(engine, cast.patient, "Removed", 30, removed_at=NOON)
    add_hub(engine, cast.patient, "Box", 9)

    page = signed_in(cast.admin).get("/clinic/devices").get_data(as_text=True)

    told = words_of(page)
    assert names(page) == ["Silent", "Fresh", "Box"]
    assert re.search(
        r"10 % 1 h 0 min behind ⚠ silent ▼ battery low ⚠ clock wrong", told.replace("\xa0", " ").replace("&nbsp;", " ")
    )
    assert cast.patient.public_id in page
    assert (cast.patient.name in page, cast.other_patient.name in page) == (False, False)


def test_a_doctor_sees_the_devices_of_their_patients_by_name(engine: Engine, cast: Cast, signed_in: Any) -> None:
    add_device(engine, cast.patient, "Hers", 1)
    add_device(engine, cast.other_patient, "Another", 1)
    add_hub(engine, cast.other_patient, "Box", 9)

    page = signed_in(cast.doctor).get("/clinic/devices").get_data(as_text=True)

    assert names(page) == ["Hers"]
    assert cast.patient.name in page
    with reading(engine) as session:
        looked = session.execute(select(ReadEntry.who, ReadEntry.patient, ReadEntry.kind)).all()
    assert looked == [(cast.doctor.public_id, cast.patient.public_id, "see_devices")]


def test_more_devices_than_a_page_takes_come_on_the_next_one(engine: Engine, cast: Cast, signed_in: Any) -> None:
    for number in range(120):
        add_device(engine, cast.patient, f"Meter {number:03}", 120 - number // 2)
    office = signed_in(cast.admin)

    seen, address = [], "/clinic/devices"
    while address:
        page = office.get(address).get_data(as_text=True)
        seen += names(page)
        more = re.search(r'href="(/clinic/devices\?after=\d+)"', page)
        address = more.group(1) if more else ""

    assert seen == [f"Meter {number:03}" for number in range(120)]


@pytest.mark.parametrize(
    ("offset", "said"),
    [(None, "–"), (59, "right"), (-59, "right"), (600, "10 min behind"), (-7200, "2 h 0 min ahead")],
)
def test_a_clock_is_told_by_how_far_it_is_off(app: Any, offset: int | None, said: str) -> None:
    with app.test_request_context():
        assert clock_text(offset) == said


# Signatures


def test_signatures_are_shown_with_whether_they_stand(
    services: Services, engine: Engine, cast: Cast, signed_in: Any
) -> None:
    registry = services.stores.registry
    protocol = registry.get("basal.ada_2u3d")
    accepted = [number.key for number in unverified(protocol)]
    with writing(engine) as session:
        doctor = session.get_one(Person, cast.doctor.id)
        first = sign(session, registry, protocol.id, by=doctor, accepted=accepted, now=NOON - timedelta(days=2))
        withdraw(session, first, by=doctor, reason="read it again", now=NOON - timedelta(days=1))
    before = section(signed_in(cast.admin), protocol.id)
    with writing(engine) as session:
        sign(session, registry, protocol.id, by=session.get_one(Person, cast.doctor.id), accepted=accepted, now=NOON)

    after = section(signed_in(cast.admin), protocol.id)

    assert "not signed, does not run" in before
    assert "taken back" in before
    assert "read it again" in before
    assert "signed, may run" in after
    assert "● stands" in after
    assert "<form" not in after.split("</section>")[0]


def section(office: Any, protocol: str) -> str:
    page = office.get("/clinic/signatures").get_data(as_text=True)
    return words_of(page.split(f"<h2>{protocol}@")[1].split("</section>")[0])


# Service


def lines(office: Any) -> dict[str, str]:
    """What is said under each title."""
    page = office.get("/clinic/service").get_data(as_text=True)
    found = re.findall(r"<li>\s*<h2>(.*?)</h2>(.*?)</li>", page, re.S)
    return {words_of(title).strip(): words_of(told).strip() for title, told in found}


def test_a_service_that_never_ran_says_what_is_missing(cast: Cast, signed_in: Any) -> None:
    said = lines(signed_in(cast.admin))

    assert said["Jobs process ⚠ see to it"].startswith("Not yet. Start it")
    assert said["Due work ● well"] == "Nothing waits."
    assert said["Readings ● well"] == "They are in SQLite, which answers."
    assert "Check of the audit ⚠ see to it" in said
    assert "The clinic's figures ⚠ see to it".replace("'", "&#39;") in said


def test_what_is_done_daily_is_well_until_it_is_missed(
    services: Services, engine: Engine, cast: Cast, browser: Browser, signed_in: Any, clock: FakeClock
) -> None:
    browser.sign_in(cast.admin)  # an act, so that there is something to anchor
    note_beat(engine, NOON)
    services.keep_audit()
    services.long_work()
    well = lines(signed_in(cast.admin))
    clock.forward(days=3)

    missed = lines(signed_in(cast.admin))

    daily = ("Jobs process", "Anchor of the audit", "Check of the audit", "The clinic&#39;s figures")
    assert all(f"{title} ● well" in well for title in daily)
    assert all(f"{title} ⚠ see to it" in missed for title in daily)


def test_work_that_waits_and_erasures_that_are_cut_off_are_told(engine: Engine, cast: Cast, signed_in: Any) -> None:
    with writing(engine) as session:
        put_off(session, WorkKind.ASSESS, 1, NOON - timedelta(hours=2))
        put_off(session, WorkKind.PLAN, 2, NOON - timedelta(minutes=1))
        put_off(session, WorkKind.PLAN, 3, NOON + timedelta(hours=1))
        session.add(
            Erasure(
                patient="pa_gone",
                state=ErasureState.ASKED.value,
                asked_at=NOON,
                asked_by="command line",
                kept_until=NOON.date(),
            )
        )

    office = signed_in(cast.admin)

    assert lines(office)["Due work ⚠ see to it"].startswith(
        "What waits longest: assessments of readings, for 2 h 0 min."
    )
    told = words_of(office.get("/clinic/service").get_data(as_text=True))
    assert "pa_gone Sat, Nov 21 20:00 ⚠ not finished" in told


def test_a_backup_is_missed_after_two_days(engine: Engine, cast: Cast, signed_in: Any) -> None:
    before = lines(signed_in(cast.admin))
    with writing(engine) as session:
        session.add(BackupMade(taken_at=NOON, done_at=NOON, file="a.backup", bytes=1, sha256="x"))

    after = lines(signed_in(cast.admin))

    assert before["Backup ⚠ see to it"].startswith("Not yet. See why")
    assert "Backup ● well" in after
