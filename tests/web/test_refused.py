"""Who is refused something stands in the log, with the route and their id, and nothing else."""

import json
from typing import Any

from flask import Flask

from tests.people import Cast
from tests.written_logs import written_logs


def lines(written: str) -> list[dict[str, Any]]:
    said = [json.loads(line) for line in written.splitlines()]
    return [each for each in said if each["event"] == "refused"]


def test_a_stranger_at_a_patients_page_is_seen_to_have_tried(cast: Cast, signed_in: Any) -> None:
    stranger, path = signed_in(cast.other_doctor), f"/clinic/patients/{cast.patient.public_id}"

    with written_logs() as written:
        stranger.get(path)
        stranger.get("/people")

    hidden, closed = lines(written())
    assert (hidden["status"], hidden["who"], hidden["method"]) == (404, cast.other_doctor.public_id, "GET")
    assert hidden["route"] == "/clinic/patients/<patient_id>"
    assert (closed["status"], closed["who"]) == (403, cast.other_doctor.public_id)
    assert hidden["request"] != closed["request"]
    assert cast.patient.public_id not in written()


def test_a_wrong_token_is_nobodys(app: Flask, cast: Cast) -> None:
    with written_logs() as written:
        app.test_client().get("/api/v1/fhir/Patient", headers={"Authorization": "Bearer my-secret-guess"})

    (refused,) = lines(written())
    assert (refused["status"], refused["who"]) == (401, None)
    assert "guess" not in written()


def test_what_is_opened_and_what_is_nowhere_are_no_refusals(cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.doctor)

    with written_logs() as written:
        browser.get("/doctor/queue")
        browser.get("/nothing-here")

    assert lines(written()) == []
