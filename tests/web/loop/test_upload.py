"""Files: looked at first, asked about, and taken in only after a yes; what was previewed is what is taken in."""

import io
import re
from datetime import timedelta

from werkzeug.test import TestResponse

from companion.devices.models import Intake, Quarantined, UploadDraft
from companion.web.security import MAX_UPLOAD_BYTES
from tests.web.conftest import Browser
from tests.web.loop.house import House

CLEAR = b"time,glucose (mg/dL)\n2026-03-01 08:00,140\n2026-03-02 08:00,150\n2026-03-03 08:00,xx\n"
UNCLEAR = b"Date;Time;Glucose\n03/02/2026;08:00;7.8\n04/02/2026;09:00;8.8\n"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def send(browser: Browser, content: bytes, name: str = "meter.csv") -> TestResponse:
    found = TOKEN.search(browser.get("/upload").get_data(as_text=True))
    assert found is not None
    form = {"csrf_token": found.group(1), "file": (io.BytesIO(content), name)}
    return browser.client.post("/upload", data=form, content_type="multipart/form-data")


def test_a_file_is_only_looked_at_before_the_yes(house: House) -> None:
    browser = house.browser(house.anna)

    preview = browser.get(send(browser, CLEAR).location).get_data(as_text=True)

    assert "meter.csv" in preview
    assert "140" in preview
    assert "line 4" in preview
    assert "Europe/Berlin" in preview
    assert house.readings() == []


def test_after_the_yes_the_result_says_what_became_of_it(house: House) -> None:
    browser = house.browser(house.anna)
    where = send(browser, CLEAR).location

    done = browser.send(where, {"step": "take", "zone": "Europe/Berlin"})
    page = browser.get(done.location).get_data(as_text=True)

    intake = house.only(Intake)
    assert (intake.new, intake.known, intake.refused) == (2, 0, 1)
    assert "New values</dt><dd><strong>2</strong>" in page
    assert house.readings()[0].taken_at == house.local("2026-03-01 08:00")
    assert house.only(Quarantined).place == "row 4"
    assert house.all(UploadDraft) == []


def test_the_same_file_again_is_known(house: House) -> None:
    browser = house.browser(house.anna)

    for _ in range(2):
        browser.send(send(browser, CLEAR).location, {"step": "take"})

    assert [(intake.new, intake.known) for intake in house.all(Intake)] == [(2, 0), (0, 2)]


def test_what_the_file_does_not_say_is_asked_and_needed(house: House) -> None:
    browser = house.browser(house.anna)
    where = send(browser, UNCLEAR).location
    page = browser.get(where).get_data(as_text=True)
    assert "Which unit" in page
    assert "How are the dates written?" in page

    unanswered = browser.send(where, {"step": "take"})
    answered = browser.send(where, {"step": "take", "unit": "mmol/L", "dates": "DMY", "zone": "Asia/Shanghai"})

    assert unanswered.status_code == 200
    assert answered.status_code == 302
    assert [f"{reading.taken_at:%Y-%m-%d %H:%M}" for reading in house.readings()] == [
        "2026-02-03 00:00",
        "2026-02-04 01:00",
    ]


def test_a_zone_that_does_not_exist_is_told_at_its_field(house: House) -> None:
    browser = house.browser(house.anna)
    where = send(browser, CLEAR).location

    response = browser.send(where, {"step": "take", "zone": "Mars/Olympus"})

    assert response.status_code == 422
    assert 'id="zone-error"' in response.get_data(as_text=True)
    assert house.readings() == []


def test_a_file_that_is_too_large_is_refused(house: House) -> None:
    response = send(house.browser(house.anna), b"x" * (MAX_UPLOAD_BYTES + 1))

    assert response.status_code == 413
    assert "20 MB" in response.get_data(as_text=True)
    assert house.all(UploadDraft) == []


def test_bytes_that_are_no_export_are_told_so(house: House) -> None:
    browser = house.browser(house.anna)

    answers = [browser.get(send(browser, content).location) for content in (b"\x00\x01\x02\xff" * 9, b"hello\nthere\n")]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("We cannot read this file" in answer.get_data(as_text=True) for answer in answers)


def test_no_file_or_an_empty_one_is_told_at_its_field(house: House) -> None:
    browser = house.browser(house.anna)

    answers = [send(browser, b""), send(browser, b"x", name="")]

    assert [answer.status_code for answer in answers] == [422, 422]


def test_a_file_of_several_people_is_not_taken_in(house: House) -> None:
    browser = house.browser(house.anna)
    content = b"id,time,gl\na,2026-03-01 08:00:00,140\nb,2026-03-01 09:00:00,150\n"
    where = send(browser, content).location

    page = browser.get(where).get_data(as_text=True)
    response = browser.send(where, {"step": "take"})

    assert "2 people" in page
    assert response.status_code == 200
    assert house.readings() == []


def test_a_draft_is_only_its_owners_and_only_for_a_day(house: House) -> None:
    browser = house.browser(house.anna)
    where = send(browser, CLEAR).location
    house.clock.advance(hours=11)
    assert browser.get(where).status_code == 200
    house.clock.instant = house.clock.instant + timedelta(hours=14)

    response = house.browser(house.anna).get(where)

    assert response.status_code == 404


def test_a_new_file_takes_the_place_of_the_one_before(house: House) -> None:
    browser = house.browser(house.anna)

    first, second = send(browser, CLEAR).location, send(browser, UNCLEAR).location

    assert len(house.all(UploadDraft)) == 1
    assert browser.get(first).status_code == 404
    assert browser.get(second).status_code == 200


def test_a_file_can_be_forgotten(house: House) -> None:
    browser = house.browser(house.anna)
    where = send(browser, CLEAR).location

    browser.send(f"{where}/forget", seen_on=where)

    assert house.all(UploadDraft) == []


def test_the_name_of_a_file_cannot_write_into_the_page(house: House) -> None:
    browser = house.browser(house.anna)

    page = browser.get(send(browser, CLEAR, name="<script>alert(1)</script>.csv").location).get_data(as_text=True)

    assert "<script>alert" not in page
