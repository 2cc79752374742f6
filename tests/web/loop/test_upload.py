"""Files: looked at first, asked about, and taken in only after a yes; what was previewed is what is taken in."""

import hashlib
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from companion.advice.models import Suggestion
from companion.care.audit import AuditEntry
from companion.care.people import Role
from companion.db import reading, writing
from companion.devices.models import Intake, Quarantined
from companion.devices.uploaded_files import FileState, UploadedFile
from companion.originals import FolderOriginals
from companion.readings.amendments import amended, counted
from companion.sent import files
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
    assert house.only(UploadedFile).state == FileState.TAKEN


def test_the_same_file_again_is_known(house: House) -> None:
    browser = house.browser(house.anna)

    for _ in range(2):
        browser.send(send(browser, CLEAR).location, {"step": "take"})

    assert [(intake.new, intake.known) for intake in house.all(Intake)] == [(2, 0), (0, 2)]


def test_what_the_file_does_not_say_is_asked_and_needed(house: House) -> None:
    browser = house.browser(house.anna)
    where = send(browser, UNCLEAR).location
    page = browser.get(where).get_data(as_text=True)
    assert "How the file begins" in page
    assert "<td>7.8</td>" in page
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


def test_a_file_that_is_too_large_is_refused_before_it_is_read(house: House) -> None:
    browser = house.browser(house.anna)

    response = browser.client.post(
        "/upload",
        data=b"--x",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": "3000000000"},
    )

    assert response.status_code == 413
    assert "2 GB" in response.get_data(as_text=True)
    assert house.all(UploadedFile) == []


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

    assert len(house.all(UploadedFile)) == 1
    assert browser.get(first).status_code == 404
    assert browser.get(second).status_code == 200


def test_a_file_can_be_forgotten(house: House) -> None:
    browser = house.browser(house.anna)
    where = send(browser, CLEAR).location

    file = house.only(UploadedFile)

    browser.send(f"{where}/forget", seen_on=where)

    assert house.all(UploadedFile) == []
    assert not originals_of(house, file).exists()


def test_the_name_of_a_file_cannot_write_into_the_page(house: House) -> None:
    browser = house.browser(house.anna)

    page = browser.get(send(browser, CLEAR, name="<script>alert(1)</script>.csv").location).get_data(as_text=True)

    assert "<script>alert" not in page


def take(house: House, browser: Browser, content: bytes, **said: str) -> str:
    """Sent, looked at, said yes to; gives the address of the result."""
    done = browser.send(send(browser, content).location, {"step": "take", **said})
    if done.location.startswith("/upload/"):
        done = browser.get(done.location)
    return str(done.location)


def originals_of(house: House, file: UploadedFile) -> Path:
    folder = house.services.settings.originals_folder
    return folder / house.anna.public_id / file.sha256


def counted_values(house: House) -> list[int]:
    """The glucose values that count."""
    with reading(house.engine) as session:
        found = counted(amended(session, house.anna.public_id, house.readings()))
    return [int(one.value) for one in found if one.value]


def test_the_original_is_kept_byte_for_byte(house: House) -> None:
    take(house, house.browser(house.anna), CLEAR)

    file = house.only(UploadedFile)

    with house.services.originals.get(house.anna.public_id, file.sha256).open("rb") as original:
        assert original.read() == CLEAR
    assert file.sha256 == hashlib.sha256(CLEAR).hexdigest()


def test_the_preview_tells_what_is_new_and_what_is_known(house: House) -> None:
    browser = house.browser(house.anna)
    take(house, browser, CLEAR)

    page = browser.get(send(browser, CLEAR + b"2026-03-04 08:00,160\n").location).get_data(as_text=True)

    assert "New values</dt><dd><strong>1</strong>" in page
    assert "There already</dt><dd>2</dd>" in page
    assert "time · glucose (mg/dL)" in page


def test_an_overlapping_export_adds_only_what_is_new(house: House) -> None:
    browser = house.browser(house.anna)
    take(house, browser, CLEAR)

    take(house, browser, b"time,glucose (mg/dL)\n2026-03-02 08:00,150.0\n2026-03-04 08:00,160\n")

    assert counted_values(house) == [140, 150, 160]


def test_a_second_tap_on_yes_changes_nothing(house: House) -> None:
    browser = house.browser(house.anna)
    where = send(browser, CLEAR).location

    answers = [browser.send(where, {"step": "take"}, seen_on="/upload") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert len(house.all(Intake)) == 1


# Taken back


def test_a_whole_file_is_taken_back_and_its_values_stay_in_the_list(house: House) -> None:
    browser = house.browser(house.anna)
    done = take(house, browser, CLEAR)

    answer = browser.send(f"{done}/take-back", seen_on=done)
    page = browser.get("/readings/all").get_data(as_text=True)

    assert answer.status_code == 302
    assert counted_values(house) == []
    assert len(house.readings()) == 2
    assert "file taken back" in page
    assert [entry.action for entry in house.all(AuditEntry)][-2:] == ["upload.taken_in", "upload.taken_back"]


def test_sending_a_file_again_that_was_taken_back_brings_its_values_back(house: House) -> None:
    browser = house.browser(house.anna)
    done = take(house, browser, CLEAR)
    browser.send(f"{done}/take-back", seen_on=done)

    again = take(house, browser, CLEAR)
    brought_back = counted_values(house)
    browser.send(f"{again}/take-back", seen_on=again)

    assert brought_back == [140, 150]
    assert counted_values(house) == []
    assert len(house.readings()) == 2


def test_what_a_later_file_held_too_counts_on_when_the_first_is_taken_back(house: House) -> None:
    browser = house.browser(house.anna)
    first = take(house, browser, CLEAR)
    take(house, browser, b"time,glucose (mg/dL)\n2026-03-02 08:00,150\n2026-03-04 08:00,160\n")

    browser.send(f"{first}/take-back", seen_on=first)
    house.services.work_on_files()

    assert counted_values(house) == [150, 160]


def test_a_file_can_be_taken_back_for_thirty_days(house: House) -> None:
    browser = house.browser(house.anna)
    done = take(house, browser, CLEAR)
    house.clock.advance(days=30, seconds=1)
    browser = house.browser(house.anna)

    page = browser.get(done).get_data(as_text=True)
    answer = browser.send(f"{done}/take-back", seen_on="/upload")

    assert "Take the whole file back" not in page
    assert answer.status_code == 409
    assert counted_values(house) == [140, 150]


def test_a_suggestion_does_not_rest_on_a_file_that_was_taken_back(house: House) -> None:
    house.titration()
    browser = house.browser(house.anna)
    lines = ["time,glucose (mg/dL),meal", *(f"2026-03-0{day} 07:00,155,fasting" for day in (2, 3, 4))]
    done = take(house, browser, "\n".join(lines).encode())
    before = [suggestion.state for suggestion in house.all(Suggestion)]

    browser.send(f"{done}/take-back", seen_on=done)

    assert before == ["pending"]
    assert [suggestion.state for suggestion in house.all(Suggestion)] != ["pending"]


def test_another_patients_upload_can_neither_be_seen_nor_taken_back(house: House) -> None:
    done = take(house, house.browser(house.anna), CLEAR)
    with writing(house.engine) as session:
        other = house.add(session, Role.PATIENT, "Otto Fremd", None)
    house.give_login(other, "otto")
    stranger = house.browser(other)

    answers = [stranger.get(done), stranger.send(f"{done}/take-back", seen_on="/upload")]

    assert [answer.status_code for answer in answers] == [404, 404]


# Large files


@pytest.fixture
def _everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOOKED_AT_ONCE", 10)


@pytest.mark.usefixtures("_everything_is_large")
def test_a_large_file_is_looked_at_and_taken_in_by_the_jobs_process(house: House) -> None:
    browser = house.browser(house.anna)
    where = send(browser, CLEAR).location
    waiting = browser.get(where).get_data(as_text=True)
    started = browser.get(f"{where}/progress").get_json()

    house.services.work_on_files()
    seen = browser.get(where).get_data(as_text=True)
    browser.send(where, {"step": "take"})
    taking = browser.get(where).get_data(as_text=True)
    house.services.work_on_files()

    assert "http-equiv" in waiting
    assert (started["is_over"], started["percent"]) == (False, 0)
    assert "Is this right?" in seen
    assert "0 of 2 values are taken in" in taking
    assert browser.get(f"{where}/progress").get_json()["percent"] == 100
    assert counted_values(house) == [140, 150]


@pytest.mark.usefixtures("_everything_is_large")
def test_a_large_file_that_nobody_can_read_says_so(house: House) -> None:
    browser = house.browser(house.anna)
    where = send(browser, b"%PDF-1.7 and so on").location

    house.services.work_on_files()
    answer = browser.get(where)

    assert answer.status_code == 422
    assert "PDF" in answer.get_data(as_text=True)


def test_a_large_form_goes_to_the_disk_of_the_originals(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    real = FolderOriginals.incoming
    monkeypatch.setattr(FolderOriginals, "incoming", lambda self: written.append("file") or real(self))

    send(house.browser(house.anna), CLEAR + b"\n" * 600_000)

    assert written == ["file"]


# Columns


UNKNOWN = "Quando;Açúcar;Nota\n13/02/2026 08:05;7,8;\n14/02/2026 19:30;6,1;x\n".encode()


def test_a_table_nobody_knows_is_explained_once(house: House) -> None:
    browser = house.browser(house.anna)
    where = send(browser, UNKNOWN).location
    asked = browser.get(where)
    page = browser.get(asked.location).get_data(as_text=True)

    named = browser.send(asked.location, {"column-0": "time", "column-1": "glucose"})
    browser.send(named.location, {"step": "take", "unit": "mmol/L", "zone": "Europe/Berlin"})
    second = send(browser, UNKNOWN + b"15/02/2026 08:00;5,5;\n").location

    assert "Açúcar" in page
    assert "7,8" in page
    assert [str(one.value) for one in house.readings()] == ["7.8", "6.1"]
    assert "columns as you named them" in browser.get(second).get_data(as_text=True)


def test_columns_that_make_no_reading_are_told(house: House) -> None:
    browser = house.browser(house.anna)
    where = browser.get(send(browser, UNKNOWN).location).location

    answers = [
        browser.send(where, chosen)
        for chosen in ({"column-0": "time"}, {"column-1": "glucose"}, {"column-0": "time", "column-1": "time"})
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert "Choose the column with the glucose" in answers[0].get_data(as_text=True)
