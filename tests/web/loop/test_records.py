"""The page From the record system, and what a record system may send by API."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from companion.care.facts import facts_of
from companion.care.people import Person
from companion.care.read_log import ReadEntry
from companion.care.records import RecordConflict, RecordImport
from companion.db import reading
from companion.imported.take import import_resources
from tests.fhir.schema import complaints
from tests.imported.bundles import SNOMED, Json, allergy, bundle, condition, medicine, observation, person
from tests.web.loop.house import House
from tests.web.loop.test_fhir import RecordSystem


def page_of(house: House) -> str:
    return f"/clinic/patients/{house.anna.public_id}/records"


def send(house: House, *resources: Json) -> None:
    import_resources(house.stores, house.anna, bundle(*resources), by=house.doctor, source="urn:emr", now=house.now)


def post(records: RecordSystem, content: bytes, patient: Person | None = None) -> TestResponse:
    whose = (patient or records.house.anna).public_id
    told = {"Authorization": f"Bearer {records.token}", "Content-Type": "application/fhir+json"}
    return records.browser.post(f"/api/v1/patients/{whose}/records", data=content, headers=told)


@pytest.fixture
def sending(house: House) -> RecordSystem:
    return RecordSystem(house, house.doctor, may_import=True)


def test_a_doctor_takes_theirs_over_on_the_page(house: House) -> None:
    house.note_facts()
    send(house, condition(SNOMED, "46635009"))
    browser, conflict = house.browser(house.doctor), house.only(RecordConflict)
    page = browser.get(page_of(house)).get_data(as_text=True)
    summary = house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}")

    answer = browser.send(
        f"{page_of(house)}/{conflict.public_id}",
        {"state": "taken_over", "reason": "antibodies"},
        seen_on=page_of(house),
    )

    assert "Take theirs over" in page
    assert "to decide" in summary
    assert answer.status_code == 302
    with reading(house.engine) as session:
        assert facts_of(session, house.anna.id).diabetes_type == "type1"
    after = house.page(house.doctor, page_of(house))
    assert "Nothing contradicts what is known here." in after
    assert "antibodies" in after


def test_a_conflict_of_another_patient_or_one_decided_is_refused(house: House) -> None:
    house.note_facts()
    send(house, condition(SNOMED, "46635009"))
    browser, conflict = house.browser(house.doctor), house.only(RecordConflict)
    decide = f"{page_of(house)}/{conflict.public_id}"

    unknown = browser.send(f"{page_of(house)}/co_x", {"state": "kept"}, seen_on=page_of(house))
    nonsense = browser.send(decide, {"state": "open"}, seen_on=page_of(house))
    browser.send(decide, {"state": "kept"}, seen_on=page_of(house))
    again = browser.send(decide, {"state": "taken_over"}, seen_on=page_of(house))

    assert [each.status_code for each in (unknown, nonsense, again)] == [404, 422, 409]
    assert house.only(RecordConflict).state == "kept"


def test_the_page_tells_what_was_refused_which_allergies_and_that_nothing_is_prescribed_here(house: House) -> None:
    house.prescribe()
    send(house, allergy("Penicillin"), medicine("Ramipril", 5, "mg"), {"resourceType": "Encounter"})

    page = house.page(house.doctor, page_of(house))

    assert "Penicillin" in page
    assert "Encounter is not taken in" in page
    assert "Nothing is prescribed from here" in page
    assert "It is changed here" in page


# By API


def test_a_record_system_sends_a_bundle_and_hears_of_every_entry(house: House, sending: RecordSystem) -> None:
    house.note_facts()
    content = bundle(
        person(),
        observation("2823-3", "4.4", "mmol/L"),
        observation("2339-0", "6.3", "mmol/L"),
        condition(SNOMED, "46635009"),
    )

    first, again = post(sending, content), post(sending, content)

    told = first.get_json()
    assert (first.status_code, first.content_type, told["type"]) == (200, "application/fhir+json", "batch-response")
    assert [each["response"]["status"][:3] for each in told["entry"]] == ["201", "201", "422", "409"]
    assert [each["response"]["status"][:3] for each in again.get_json()["entry"]] == ["200", "200", "422", "200"]
    assert complaints(told) == []
    reads = house.all(ReadEntry)
    assert {(row.who, row.patient) for row in reads} == {(sending.client.public_id, house.anna.public_id)}
    assert "2339-0" in told["entry"][2]["response"]["outcome"]["issue"][0]["diagnostics"]
    assert [(row.source, row.by_id) for row in house.all(RecordImport)] == [
        ("https://records.example", house.doctor.id)
    ] * 2


def test_a_token_that_only_reads_and_a_stranger_import_nothing(house: House) -> None:
    content = bundle(observation("2823-3", "4.4", "mmol/L"))
    reads, other = RecordSystem(house, house.doctor), RecordSystem(house, house.other_doctor, may_import=True)

    assert post(reads, content).status_code == 403
    assert post(other, content).status_code == 404
    assert house.browser(house.anna).client.post(f"/api/v1/patients/{house.anna.public_id}/records").status_code != 200
    assert house.all(RecordImport) == []


BAD: dict[str, Any] = {
    "no json": b"{",
    "no resource": b'{"a": 1}',
    "two people": bundle(person(), observation("2823-3", "4", "mmol/L", subject={"reference": "Patient/9"})),
}


def test_what_is_no_bundle_is_told_as_a_problem(house: House, sending: RecordSystem) -> None:
    answers = [post(sending, content) for content in BAD.values()]

    assert [(answer.status_code, answer.content_type) for answer in answers] == [
        (422, "application/problem+json")
    ] * len(BAD)
    assert house.all(RecordImport) == []


def test_more_than_an_import_may_have_is_not_even_read(house: House, sending: RecordSystem) -> None:
    assert post(sending, b" " * (10 * 2**20 + 1)).status_code == 413
