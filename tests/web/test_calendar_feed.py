"""A calendar subscribes to a patient's times: by a secret address, shown once, taken back, and never in a log."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog
from flask import Flask
from icalendar import Calendar
from sqlalchemy import Engine, select, update

from companion.db import reading, writing
from companion.reminders.doses.models import Dose
from companion.reminders.feeds import CalendarFeed
from companion.tokens import digest
from companion.web.access import public
from tests.people import NOON, Cast
from tests.web.conftest import Browser, FakeClock
from tests.web.things import her_dose


def subscribe(browser: Browser, **form: str) -> str:
    """Makes a feed; its path."""
    page = browser.send("/my-data/calendar", form).get_data(as_text=True)
    found = re.search(r'value="http[^"]*?(/calendar/[^"]+)"', page)
    assert found, page
    return found.group(1)


def events(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def starts(content: bytes) -> list[datetime]:
    return [event.decoded("dtstart") for event in events(content)]


def test_a_feed_gives_the_times_of_sixty_days_without_naming_a_medicine(
    app: Flask, engine: Engine, cast: Cast, signed_in: Any
) -> None:
    her_dose(engine, cast)
    path = subscribe(signed_in(cast.patient))

    answer = app.test_client().get(path)

    nine_in_the_evening = [NOON + timedelta(hours=1, days=day) for day in range(61)]
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert starts(answer.data) == [NOON, *nine_in_the_evening]
    assert {str(event["summary"]) for event in events(answer.data)} == {"Time for your medicine"}
    assert b"glargine" not in answer.data
    assert b"Wang" not in answer.data
    assert cast.patient.public_id.encode() not in answer.data


def test_medicines_are_named_when_the_patient_wants_it_in_her_language(
    app: Flask, engine: Engine, cast: Cast, signed_in: Any
) -> None:
    her_dose(engine, cast)
    path = subscribe(signed_in(cast.patient), with_names="yes")
    with writing(engine) as session:
        session.merge(cast.patient).language = "zh"

    answer = app.test_client().get(path)

    assert {str(event["summary"]) for event in events(answer.data)} == {"该服药了: Insulin glargine"}


def test_the_file_is_a_calendar_that_is_read_again_every_hour(
    app: Flask, engine: Engine, cast: Cast, signed_in: Any
) -> None:
    her_dose(engine, cast)
    path = subscribe(signed_in(cast.patient))

    calendar: Any = Calendar.from_ical(app.test_client().get(path).data)

    assert (str(calendar["version"]), str(calendar["method"])) == ("2.0", "PUBLISH")
    assert calendar.decoded("refresh-interval") == timedelta(hours=1)
    uids = [str(event["uid"]) for event in calendar.walk("VEVENT")]
    assert len(set(uids)) == len(uids)


def test_the_same_times_are_the_same_file_and_need_not_be_sent_again(
    app: Flask, engine: Engine, cast: Cast, signed_in: Any, clock: FakeClock
) -> None:
    her_dose(engine, cast)
    path = subscribe(signed_in(cast.patient))
    client = app.test_client()
    first = client.get(path)
    etag = {"If-None-Match": first.headers["ETag"]}

    clock.forward(minutes=0)
    same = client.get(path, headers=etag)
    with writing(engine) as session:
        session.execute(update(Dose).values(state="cancelled"))
    changed = client.get(path, headers=etag)

    assert (same.status_code, same.data) == (304, b"")
    assert changed.status_code == 200
    assert starts(changed.data) == starts(first.data)[1:]


def test_a_time_keeps_its_uid_when_it_is_planned(
    app: Flask, engine: Engine, cast: Cast, signed_in: Any, clock: FakeClock
) -> None:
    her_dose(engine, cast)
    path = subscribe(signed_in(cast.patient))
    client = app.test_client()
    before = {event.decoded("dtstart"): str(event["uid"]) for event in events(client.get(path).data)}

    clock.forward(days=3)
    after = {event.decoded("dtstart"): str(event["uid"]) for event in events(client.get(path).data)}

    shared = before.keys() & after.keys()
    assert len(shared) > 50
    assert all(before[start] == after[start] for start in shared)


def test_the_address_is_kept_as_a_hash_and_shown_once(engine: Engine, cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.patient)
    token = subscribe(browser).removeprefix("/calendar/").removesuffix(".ics")

    again = browser.get("/my-data/calendar").get_data(as_text=True)

    with reading(engine) as session:
        assert session.scalars(select(CalendarFeed.token_hash)).one() == digest(token)
    assert token not in again
    assert len(token) >= 43


def test_an_address_taken_back_or_replaced_gives_nothing(app: Flask, cast: Cast, signed_in: Any) -> None:
    browser, client = signed_in(cast.patient), app.test_client()
    first = subscribe(browser)
    second = subscribe(browser)
    replaced = client.get(first).status_code

    browser.send("/my-data/calendar/end", seen_on="/my-data/calendar")

    assert replaced == 404
    assert client.get(second).status_code == 404


def test_a_patient_who_left_has_no_feed(app: Flask, engine: Engine, cast: Cast, signed_in: Any) -> None:
    path = subscribe(signed_in(cast.patient))
    with writing(engine) as session:
        session.merge(cast.patient).left_at = NOON

    assert app.test_client().get(path).status_code == 404


def test_who_tries_many_addresses_is_held_up_and_a_right_one_still_works(
    app: Flask, cast: Cast, signed_in: Any
) -> None:
    path, client = subscribe(signed_in(cast.patient)), app.test_client()

    answers = [client.get(f"/calendar/{n}.ics").status_code for n in range(22)]

    assert answers == [404] * 20 + [429] * 2
    assert client.get(path).status_code == 200


def test_a_fault_is_logged_without_the_address(
    app: Flask, cast: Cast, signed_in: Any, caplog: pytest.LogCaptureFixture
) -> None:
    path = subscribe(signed_in(cast.patient))

    @public
    def broken(token: str) -> str:
        raise RuntimeError("broken")

    app.view_functions["calendar_feed.read"] = broken
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with structlog.testing.capture_logs() as logs:
        answer = app.test_client().get(path)

    assert answer.status_code == 500
    assert [entry["endpoint"] for entry in logs] == ["calendar_feed.read"]
    assert path not in f"{logs} {caplog.text}"
