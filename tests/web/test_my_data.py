"""The patient takes their data along: by page and by API, with the password just typed, and nobody else does."""

import io
import json
import zipfile
from typing import Any

import pytest
from sqlalchemy import Engine, select

from companion.care.audit import AuditEntry
from companion.db import reading
from tests.people import PASSWORD, Cast
from tests.web.conftest import Browser, FakeClock


def exports_noted(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [
            entry.details["format"]
            for entry in session.scalars(select(AuditEntry).where(AuditEntry.action == "exported"))
        ]


def test_the_page_offers_every_format_and_the_account_leads_to_it(browser: Browser, cast: Cast) -> None:
    browser.sign_in(cast.patient)

    account = browser.get("/account").get_data(as_text=True)
    page = browser.get("/my-data").get_data(as_text=True)

    assert "/my-data" in account
    assert all(f"/my-data/{wanted}" in page for wanted in ("zip", "csv", "fhir", "json"))


def test_a_doctors_account_has_no_such_thing(browser: Browser, cast: Cast) -> None:
    browser.sign_in(cast.doctor)

    assert "/my-data" not in browser.get("/account").get_data(as_text=True)


@pytest.mark.parametrize(
    ("wanted", "content_type", "ending"),
    [
        ("zip", "application/zip", ".zip"),
        ("csv", "text/csv; charset=utf-8", ".csv"),
        ("json", "application/json", ".json"),
        ("fhir", "application/fhir+json", ".fhir.json"),
    ],
)
def test_a_download_is_a_file_without_her_name_that_nobody_keeps(
    browser: Browser, cast: Cast, engine: Engine, wanted: str, content_type: str, ending: str
) -> None:
    browser.sign_in(cast.patient)

    answer = browser.get(f"/my-data/{wanted}")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type)
    assert answer.headers["Content-Disposition"] == f"attachment; filename=companion-2026-11-21{ending}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert exports_noted(engine) == [wanted]


def test_the_zip_holds_her_own_data(browser: Browser, cast: Cast) -> None:
    browser.sign_in(cast.patient)

    answer = browser.get("/my-data/zip")

    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        patient = archive.read("patient.csv").decode("utf-8-sig")
    assert cast.patient.public_id in patient
    assert cast.other_patient.public_id not in patient


def test_an_old_sign_in_has_to_type_the_password_first(
    browser: Browser, cast: Cast, clock: FakeClock, engine: Engine
) -> None:
    browser.sign_in(cast.patient)
    clock.forward(minutes=16)

    asked = browser.get("/my-data/json")
    back = browser.send("/confirm-password?next=/my-data/json", {"password": PASSWORD, "next": "/my-data/json"})

    assert asked.location == "/confirm-password?next=/my-data/json"
    assert exports_noted(engine) == []
    assert back.location == "/my-data/json"
    assert browser.get("/my-data/json").status_code == 200


def test_a_format_nobody_knows_is_not_found(browser: Browser, cast: Cast) -> None:
    browser.sign_in(cast.patient)

    assert browser.get("/my-data/pdf").status_code == 404


# By API


def address(cast: Cast, query: str = "") -> str:
    return f"/api/v1/patients/{cast.patient.public_id}/export{query}"


def test_the_api_gives_the_same_files(browser: Browser, cast: Cast) -> None:
    browser.sign_in(cast.patient)

    answer = browser.get(address(cast, "?format=fhir"))

    assert answer.headers["Content-Type"] == "application/fhir+json"
    assert json.loads(answer.data)["resourceType"] == "Bundle"
    assert json.loads(browser.get(address(cast)).data)["format"] == "companion-export"


def test_by_api_too_the_password_is_fresh(browser: Browser, cast: Cast, clock: FakeClock, engine: Engine) -> None:
    browser.sign_in(cast.patient)
    clock.forward(minutes=16)

    answer = browser.get(address(cast))

    assert (answer.status_code, answer.get_json()["code"]) == (403, "fresh_password_needed")
    assert exports_noted(engine) == []


@pytest.mark.parametrize("name", ["doctor", "caregiver", "other_patient", "other_doctor", "admin"])
def test_nobody_else_gets_it(browser: Browser, cast: Cast, engine: Engine, name: str) -> None:
    somebody: Any = getattr(cast, name)
    browser.sign_in(somebody)

    answer = browser.get(address(cast))

    assert answer.status_code in (403, 404)
    assert exports_noted(engine) == []


def test_a_format_the_api_does_not_know_is_invalid(browser: Browser, cast: Cast) -> None:
    browser.sign_in(cast.patient)

    assert browser.get(address(cast, "?format=pdf")).status_code == 422
