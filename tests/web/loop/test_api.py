"""The API: the same gate as the pages, problem documents for every error, and nothing counted twice."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from werkzeug.test import TestResponse

from companion.advice.models import Review, Suggestion
from companion.care.facts import FactKind, note_fact
from companion.care.people import Person
from companion.db import writing
from companion.devices.models import Intake
from companion.devices.records.device_time import ClockReading
from companion.reminders.doses.models import Dose
from companion.web import create_app
from tests.web.conftest import Browser
from tests.web.loop.house import House


class Program:
    """A program that signed in as somebody and sends the token of /me with every write."""

    def __init__(self, house: House, person: Person) -> None:
        self.client = house.browser(person).client
        self.token = self.get("/me").get_json()["csrf_token"]

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(f"/api/v1{path}", **options)

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        told = {"X-CSRFToken": self.token} | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/api/v1{path}", json=body, headers=told)


def typed(house: House, **changed: Any) -> dict[str, Any]:
    body = {
        "metric": "glucose",
        "taken_at": house.local("2026-03-04 07:05").isoformat(),
        "value": {"value": "7.8", "unit": "mmol/L"},
    }
    return body | changed


def path_of(house: House, what: str) -> str:
    return f"/patients/{house.anna.public_id}/{what}"


def problem(response: TestResponse) -> tuple[int, str]:
    assert response.content_type == "application/problem+json"
    body = response.get_json()
    assert body["status"] == response.status_code
    assert {"type", "title", "detail", "code"} <= set(body)
    return response.status_code, body["code"]


def waiting(house: House) -> Suggestion:
    house.titration()
    house.fast(150, 148, 155)
    return house.only(Suggestion)


# Who, and what for


def test_me_says_who_is_signed_in(house: House) -> None:
    body = Program(house, house.anna).get("/me").get_json()

    assert (body["id"], body["role"], body["zone"]) == (house.anna.public_id, "patient", "Europe/Berlin")
    assert body["has_fresh_password"] is True


def test_nobody_signed_in_is_told_so_in_a_problem(house: House) -> None:
    response = Browser(house.app).get("/api/v1/me")

    assert problem(response) == (401, "sign_in_needed")


@pytest.mark.parametrize(
    ("person", "path", "expected"),
    [
        ("other_doctor", "readings", (404, "not_found")),
        ("stranger", "readings", (404, "not_found")),
        ("cora", "readings", (404, "not_found")),
        ("cora", "doses", (403, "not_yours_to_do")),
        ("admin", "readings", (403, "not_yours_to_do")),
    ],
)
def test_the_gate_is_that_of_the_pages(house: House, person: str, path: str, expected: tuple[int, str]) -> None:
    response = Program(house, getattr(house, person)).get(path_of(house, path))

    assert problem(response) == expected


def test_a_patient_never_sees_a_suggestion(house: House) -> None:
    suggestion = waiting(house)
    program = Program(house, house.anna)

    answers = [program.get("/suggestions"), program.get(f"/suggestions/{suggestion.public_id}")]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_an_unknown_address_is_a_problem_too(house: House) -> None:
    response = Program(house, house.anna).get("/nothing/here")

    assert response.status_code == 404
    assert response.content_type == "application/problem+json"


def test_a_write_without_the_token_is_refused(house: House) -> None:
    response = Program(house, house.anna).client.post(f"/api/v1{path_of(house, 'readings')}", json=typed(house))

    assert problem(response) == (400, "csrf")
    assert house.all(Intake) == []


# Readings


def test_a_typed_reading_comes_back_with_its_unit_and_offset(house: House) -> None:
    program = Program(house, house.anna)

    created = program.post(path_of(house, "readings"), typed(house, meal="fasting"))
    (reading,) = program.get(path_of(house, "readings")).get_json()["readings"]

    assert created.status_code == 201
    assert created.get_json()["new"] == 1
    assert reading["value"] == {"value": "7.8", "unit": "mmol/L"}
    assert reading["taken_at"] == "2026-03-04T07:05:00+01:00"
    assert (reading["kind"], reading["meal"]) == ("typed", "fasting")


def test_a_downloaded_reading_says_what_its_instant_was_decided_by(house: House) -> None:
    shows = house.now.replace(tzinfo=None)  # an hour less than Anna's wall
    house.download(house.payloads(150, house.now - timedelta(hours=1)), ClockReading(shows, house.now))

    (reading,) = Program(house, house.anna).get(path_of(house, "readings")).get_json()["readings"]

    assert (reading["flags"], reading["clock_offset_s"]) == (["clock_wrong"], 3600)
    assert reading["device_time"] == shows.isoformat()


def test_a_blood_pressure_has_three_quantities(house: House) -> None:
    program = Program(house, house.anna)
    body = typed(
        house,
        metric="blood_pressure",
        value={"value": "142", "unit": "mm[Hg]"},
        diastolic={"value": "88", "unit": "mm[Hg]"},
        pulse={"value": "72", "unit": "/min"},
    )

    program.post(path_of(house, "readings"), body)
    (reading,) = program.get(path_of(house, "readings") + "?metric=blood_pressure").get_json()["readings"]

    assert [reading[name]["value"] for name in ("value", "diastolic", "pulse")] == ["142", "88", "72"]


@pytest.mark.parametrize(
    "changed",
    [
        {"colour": "red"},
        {"metric": "weight"},
        {"taken_at": "2026-03-04T07:05:00"},
        {"taken_at": "2026-03-05T07:05:00+01:00"},
        {"value": {"value": 7.8, "unit": "mmol/L"}},
        {"value": {"value": "7,8", "unit": "mmol/L"}},
        {"value": {"value": "NaN", "unit": "mmol/L"}},
        {"value": {"value": "7.8"}},
        {"value": {"value": "126", "unit": "mmol/L"}},
        {"value": {"value": "7.8", "unit": "kPa"}},
        {"metric": "blood_pressure", "value": {"value": "142", "unit": "mm[Hg]"}},
        {"meal": "brunch"},
        {"taken_at": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_what_does_not_fit_is_422_and_says_where(house: House, changed: dict[str, Any]) -> None:
    response = Program(house, house.anna).post(path_of(house, "readings"), typed(house, **changed))

    assert problem(response) == (422, "invalid")
    assert response.get_json()["errors"][0]["pointer"].startswith("/")
    assert house.readings() == []


def test_the_same_request_under_one_key_gets_the_same_answer(house: House) -> None:
    program = Program(house, house.anna)

    answers = [program.post(path_of(house, "readings"), typed(house), Idempotency_Key="k1") for _ in range(2)]

    assert answers[0].get_json() == answers[1].get_json()
    assert len(house.all(Intake)) == 1


def test_another_body_under_the_same_key_is_refused(house: House) -> None:
    program = Program(house, house.anna)
    program.post(path_of(house, "readings"), typed(house), Idempotency_Key="k1")

    other = typed(house, value={"value": "8.8", "unit": "mmol/L"})
    response = program.post(path_of(house, "readings"), other, Idempotency_Key="k1")

    assert problem(response) == (422, "idempotency_key_reused")
    assert len(house.readings()) == 1


def test_a_repeated_reading_without_a_key_adds_nothing(house: House) -> None:
    program = Program(house, house.anna)

    answers = [program.post(path_of(house, "readings"), typed(house)).get_json() for _ in range(2)]

    assert [(answer["new"], answer["known"]) for answer in answers] == [(1, 0), (0, 1)]


def test_pages_follow_each_other_and_every_reading_comes_once(house: House) -> None:
    for hours in range(7):
        house.measure(100 + hours, hours_ago=hours)
    program, cursor, seen = Program(house, house.anna), "", []

    while True:
        page = program.get(path_of(house, "readings") + f"?limit=3{cursor}").get_json()
        seen += [reading["value"]["value"] for reading in page["readings"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert [int(Decimal(value)) for value in seen] == [100, 101, 102, 103, 104, 105, 106]


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WyJhIl0", "W251bGwsMSwyXQ", "é"])
def test_a_cursor_that_nobody_gave_is_422(house: House, cursor: str) -> None:
    house.measure(100)

    response = Program(house, house.anna).get(path_of(house, "readings"), query_string={"cursor": cursor})

    assert response.status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-03-04T00:00:00Z&to=2026-03-03T00:00:00Z",
        "from=2020-01-01T00:00:00Z",
        "from=yesterday",
        "to=0001-01-01T00:00:00Z",
    ],
)
def test_a_span_that_cannot_be_is_422(house: House, query: str) -> None:
    response = Program(house, house.anna).get(path_of(house, f"readings?{query}"))

    assert response.status_code == 422
    assert response.content_type == "application/problem+json"


# Doses


def due(house: House) -> str:
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:10")
    house.beat()
    (dose,) = Program(house, house.anna).get(path_of(house, "doses")).get_json()["doses"]
    assert dose["amount"] == {"value": "16", "unit": "U"}
    return str(dose["id"])


def test_a_dose_is_answered_once_and_again_the_same(house: House) -> None:
    dose_id, program = due(house), Program(house, house.anna)

    answers = [program.post(f"/doses/{dose_id}/answer", {"answer": "taken"}) for _ in range(2)]

    assert [(answer.status_code, answer.get_json()["state"]) for answer in answers] == [(200, "taken")] * 2
    assert house.all(Dose, state="taken")[0].answered_via == "api"


def test_another_answer_is_409_with_the_reason_and_the_present_state(house: House) -> None:
    dose_id, program = due(house), Program(house, house.anna)
    program.post(f"/doses/{dose_id}/answer", {"answer": "taken"})

    response = program.post(f"/doses/{dose_id}/answer", {"answer": "skip"})

    assert problem(response) == (409, "already_answered")
    assert response.get_json()["state"] == "taken"


@pytest.mark.parametrize("dose_id", ["x", "rg_insulin.2026-03-05.0", "rg_insulin.2026-02-31.480"])
def test_a_dose_that_is_none_is_not_found(house: House, dose_id: str) -> None:
    due(house)

    response = Program(house, house.anna).post(f"/doses/{dose_id}/answer", {"answer": "taken"})

    assert problem(response) == (404, "not_found")


def test_nobody_answers_for_the_patient(house: House) -> None:
    dose_id = due(house)

    response = Program(house, house.doctor).post(f"/doses/{dose_id}/answer", {"answer": "taken"})

    assert problem(response) == (403, "not_yours_to_do")


# Suggestions


def test_the_etag_of_a_suggestion_is_the_digest_of_what_stands_behind_it(house: House) -> None:
    suggestion = waiting(house)

    response = Program(house, house.doctor).get(f"/suggestions/{suggestion.public_id}")

    body = response.get_json()
    assert response.headers["ETag"] == f'"{house.evidence(suggestion).digest}"'
    assert (body["from"], body["to"]) == ({"value": "16", "unit": "U"}, {"value": "18", "unit": "U"})
    assert body["may_be_decided"] is True
    assert len(body["outcome"]["gates"]) == 15


def test_the_list_holds_what_waits(house: House) -> None:
    suggestion = waiting(house)

    body = Program(house, house.doctor).get("/suggestions").get_json()

    assert [each["id"] for each in body["suggestions"]] == [suggestion.public_id]


def decide(house: House, suggestion: Suggestion, body: dict[str, Any], **headers: str) -> TestResponse:
    return Program(house, house.doctor).post(f"/suggestions/{suggestion.public_id}/review", body, **headers)


def etag(house: House, suggestion: Suggestion) -> str:
    return f'"{house.evidence(suggestion).digest}"'


def test_an_approval_names_what_was_seen(house: House) -> None:
    suggestion = waiting(house)

    response = decide(house, suggestion, {"decision": "approved"}, If_Match=etag(house, suggestion))

    assert response.status_code == 201
    assert response.get_json()["by"] == "Dr. Roth"
    assert house.only(Review).amount == Decimal(18)


@pytest.mark.parametrize("headers", [{}, {"If_Match": "*"}])
def test_without_the_digest_it_is_428(house: House, headers: dict[str, str]) -> None:
    suggestion = waiting(house)

    response = decide(house, suggestion, {"decision": "approved"}, **headers)

    assert problem(response) == (428, "if_match_needed")
    assert house.all(Review) == []


def test_with_another_digest_it_is_412_with_the_present_state(house: House) -> None:
    suggestion = waiting(house)
    stale = etag(house, suggestion)
    with writing(house.engine) as session:
        note_fact(
            session,
            patient=house.anna,
            kind=FactKind.WEIGHT_KG,
            value="79",
            measured_on=house.today,
            noted_by=house.doctor,
            now=house.now,
        )

    response = decide(house, suggestion, {"decision": "approved"}, If_Match=stale)

    assert problem(response) == (412, "data_changed")
    assert response.headers["ETag"] == etag(house, suggestion)
    assert response.get_json()["present"]["state"] == "pending"


def test_decided_before_it_is_409_with_the_decision(house: House) -> None:
    suggestion = waiting(house)
    seen = etag(house, suggestion)
    decide(house, suggestion, {"decision": "approved"}, If_Match=seen)

    response = decide(house, suggestion, {"decision": "rejected", "code": "patients_wish"}, If_Match=seen)

    assert problem(response) == (409, "already_decided")
    assert response.get_json()["present"]["review"]["by"] == "Dr. Roth"


def test_with_an_old_password_it_is_403_with_a_code(house: House) -> None:
    suggestion = waiting(house)
    program = Program(house, house.doctor)
    house.clock.advance(minutes=16)

    response = program.post(
        f"/suggestions/{suggestion.public_id}/review", {"decision": "approved"}, If_Match=etag(house, suggestion)
    )

    assert problem(response) == (403, "fresh_password_needed")


@pytest.mark.parametrize(
    "body",
    [
        {"decision": "rejected"},
        {"decision": "rejected", "code": "other"},
        {"decision": "amended", "amount": {"value": "19", "unit": "U"}},
        {"decision": "amended", "amount": {"value": "41", "unit": "U"}, "reason": "more"},
        {"decision": "maybe"},
        {},
    ],
)
def test_a_decision_that_cannot_be_is_422(house: House, body: dict[str, Any]) -> None:
    suggestion = waiting(house)

    response = decide(house, suggestion, body, If_Match=etag(house, suggestion))

    assert response.status_code == 422
    assert house.all(Review) == []


# The description


def test_the_description_names_every_route_and_problem_documents(house: House) -> None:
    described = house.app.test_client().get("/api/v1/openapi.json").get_json()

    routes = {
        str(rule).replace("<", "{").replace(">", "}")
        for rule in house.app.url_map.iter_rules()
        if str(rule).startswith("/api/v1/") and not str(rule).endswith("openapi.json")
    }
    assert described["openapi"] == "3.1.0"
    assert set(described["paths"]) == routes
    for methods in described["paths"].values():
        for operation in (methods[name] for name in ("get", "post") if name in methods):
            assert "application/problem+json" in operation["responses"]["404"]["content"]


def test_two_applications_in_one_process_describe_the_same(house: House) -> None:
    described = [
        app.test_client().get("/api/v1/openapi.json").get_json() for app in (house.app, create_app(house.services))
    ]

    assert described[0] == described[1]
