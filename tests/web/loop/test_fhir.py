"""FHIR by API: what a clinician and a record system that acts for one can read, and nobody else."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.decision_codes import Rejection
from companion.advice.models import Suggestion
from companion.advice.taking_back import withdrawing
from companion.advice.taking_back.withdrawal_rules import Reason
from companion.care.people import Person
from companion.care.read_log import ReadEntry
from companion.care.record_clients import RecordClient, add_client, revoke_client
from companion.db import writing
from companion.web.door.hub_door import make_code, pair_hub
from tests.fhir.schema import complaints, complaints_of_bundle
from tests.servers import own_database
from tests.web.loop.house import House

FHIR = "/api/v1/fhir"
KINDS = ("MedicationRequest", "Task", "GuidanceResponse", "Provenance", "AuditEvent", "Communication", "Patient")


class RecordSystem:
    """A program with a token of its own; no session, no cookie."""

    def __init__(self, house: House, clinician: Person, *, may_import: bool = False) -> None:
        self.house = house
        with writing(house.engine) as session:
            self.client, self.token = add_client(
                session,
                name="The clinic's records",
                source="https://records.example",
                clinician=clinician,
                may_import=may_import,
                expires_at=house.now + timedelta(days=90),
                by="command line",
                now=house.now,
            )

    @property
    def browser(self) -> FlaskClient:
        return self.house.app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.browser.get(path, headers={"Authorization": f"Bearer {self.token}"})


@pytest.fixture
def records(house: House) -> RecordSystem:
    return RecordSystem(house, house.doctor)


def waiting(house: House) -> Suggestion:
    house.titration()
    house.fast(150, 148, 155)
    return house.only(Suggestion)


def found(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.content_type == "application/fhir+json"
    bundle = answer.get_json()
    assert complaints_of_bundle({"entry": []} | bundle) == []
    return [entry["resource"] for entry in bundle.get("entry", [])]


def test_a_record_system_pulls_what_waits_for_approval(house: House, records: RecordSystem) -> None:
    suggestion = waiting(house)

    (task,) = found(records.get(f"{FHIR}/Task?code=approve&status=requested"))
    request = records.get(f"{FHIR}/{task['focus']['reference']}").get_json()

    assert (request["status"], request["intent"]) == ("draft", "proposal")
    assert request["identifier"][0]["value"] == suggestion.public_id
    assert len(request["supportingInformation"]) == 3
    assert complaints(request) == []
    prior = records.get(f"{FHIR}/{request['priorPrescription']['reference']}").get_json()
    assert (prior["intent"], prior["status"]) == ("order", "active")


def test_after_an_approval_there_are_an_order_a_provenance_and_an_audit_event(
    house: House, records: RecordSystem
) -> None:
    suggestion = waiting(house)
    house.decide(suggestion, house.act(suggestion))

    (task,) = found(records.get(f"{FHIR}/Task?status=completed"))
    order = records.get(f"{FHIR}/{task['output'][0]['valueReference']['reference']}").get_json()
    (provenance,) = found(records.get(f"{FHIR}/Provenance"))
    acts = found(records.get(f"{FHIR}/AuditEvent"))

    assert (order["intent"], order["status"]) == ("order", "active")
    assert order["basedOn"] == [task["focus"]]
    assert provenance["target"] == [{"reference": f"MedicationRequest/{order['id']}"}]
    assert provenance["agent"][0]["who"]["display"] == "Dr. Roth"
    assert "suggestion.approved" in [act["subtype"][0]["code"] for act in acts]
    assert complaints(order) == []


def test_after_a_rejection_the_task_says_why_and_nothing_is_ordered(house: House, records: RecordSystem) -> None:
    suggestion = waiting(house)
    house.decide(
        suggestion, house.act(suggestion, Decision.REJECTED, code=Rejection.PATIENTS_WISH, reason="she was away")
    )

    (task,) = found(records.get(f"{FHIR}/Task?status=rejected"))
    (proposal,) = found(records.get(f"{FHIR}/MedicationRequest?intent=proposal&status=cancelled"))

    assert task["statusReason"]["text"] == "patients_wish: she was away"
    assert "output" not in task
    assert proposal["status"] == "cancelled"
    assert len(found(records.get(f"{FHIR}/MedicationRequest?intent=order"))) == 1


def test_after_a_withdrawal_the_order_is_cancelled_and_the_patient_told(house: House, records: RecordSystem) -> None:
    suggestion = waiting(house)
    house.decide(suggestion, house.act(suggestion))
    act = withdrawing.Act(Reason.MISTAKE, "", house.now)
    with writing(house.engine) as session:
        withdrawing.withdraw(session, suggestion.id, by=house.doctor, act=act, now=house.now)

    (task,) = found(records.get(f"{FHIR}/Task"))
    order = records.get(f"{FHIR}/{task['output'][0]['valueReference']['reference']}").get_json()
    (told,) = found(records.get(f"{FHIR}/Communication"))

    assert (task["status"], task["businessStatus"]["text"]) == ("completed", "withdrawn")
    assert order["status"] == "cancelled"
    assert (told["status"], told["priority"], told["sender"]["display"]) == ("in-progress", "urgent", "Dr. Roth")
    assert told["about"] == [{"reference": f"MedicationRequest/{order['id']}"}]


def test_an_evaluation_without_enough_values_asks_for_them(house: House, records: RecordSystem) -> None:
    house.titration()
    house.fast(150)

    (evaluation,) = found(records.get(f"{FHIR}/GuidanceResponse"))

    assert evaluation["status"] == "data-required"
    assert evaluation["dataRequirement"][0]["codeFilter"][0]["code"][0]["code"] == "2339-0"


def test_a_protocol_has_the_address_that_suggestions_name(house: House, records: RecordSystem) -> None:
    suggestion = waiting(house)
    (proposal,) = found(records.get(f"{FHIR}/MedicationRequest?intent=proposal"))
    address, version = proposal["instantiatesCanonical"][0].split("|")

    protocol = records.get(address.removeprefix(house.settings.public_url)).get_json()

    assert (protocol["url"], f"{protocol['version']}") == (address, version)
    assert suggestion.protocol.endswith(version)
    assert len(found(records.get(f"{FHIR}/PlanDefinition"))) == len(house.stores.registry.protocols)


def test_a_search_goes_on_page_by_page_until_everything_was_shown_once(house: House, records: RecordSystem) -> None:
    waiting(house)
    with writing(house.engine) as session:
        for number in range(4):
            house.prescribe_in(session, f"rg_more{number}")

    seen, address = [], f"{FHIR}/MedicationRequest?_count=2"
    while address:
        answer = records.get(address)
        seen += [resource["id"] for resource in found(answer)]
        links = {link["relation"]: link["url"] for link in answer.get_json()["link"]}
        address = links.get("next", "").removeprefix(house.settings.public_url)

    assert len(seen) == len(set(seen)) == answer.get_json()["total"] == 6


@pytest.mark.parametrize(
    "asked", ["Task?owner=x", "Task?status=draft", "MedicationRequest?status=draft", "Task?_count=0"]
)
def test_a_filter_that_is_not_understood_is_refused(house: House, records: RecordSystem, asked: str) -> None:
    assert records.get(f"{FHIR}/{asked}").status_code == 422


def test_what_is_over_waits_for_nobody(house: House, records: RecordSystem) -> None:
    suggestion = waiting(house)
    with writing(house.engine) as session:
        session.execute(update(Suggestion).values(expires_at=house.now - timedelta(seconds=1)))

    assert found(records.get(f"{FHIR}/Task?status=requested")) == []
    (task,) = found(records.get(f"{FHIR}/Task?status=cancelled"))
    assert (task["identifier"][0]["value"], task["businessStatus"]["text"]) == (suggestion.public_id, "expired")


# Who may read


def test_no_patients_session_and_no_hub_sees_what_is_undecided(house: House) -> None:
    suggestion = waiting(house)
    anna = house.browser(house.anna).client
    with writing(house.engine) as session:
        code = make_code(session, session.get_one(Person, house.anna.id), house.now)
    _, token = pair_hub(house.engine, code, "at home", "127.0.0.1", house.now)
    hub = {"Authorization": f"Bearer {token}"}
    name = suggestion.public_id.replace("_", "-")
    paths = [f"{FHIR}/{kind}" for kind in KINDS] + [f"{FHIR}/Task/{name}", f"{FHIR}/MedicationRequest/{name}"]

    refused = [
        (anna.get(path).status_code, house.app.test_client().get(path, headers=hub).status_code) for path in paths
    ]

    assert set(refused) <= {(403, 403), (404, 403)}


def test_a_record_system_of_another_doctor_sees_none_of_her(house: House) -> None:
    suggestion = waiting(house)
    other = RecordSystem(house, house.other_doctor)
    name = suggestion.public_id.replace("_", "-")

    assert [found(other.get(f"{FHIR}/{kind}")) for kind in KINDS] == [[]] * len(KINDS)
    assert other.get(f"{FHIR}/Task?patient=Patient/{house.anna.public_id.replace('_', '-')}").get_json()["total"] == 0
    assert other.get(f"{FHIR}/Task/{name}").status_code == 404


def test_a_record_systems_token_opens_nothing_but_records(house: House, records: RecordSystem) -> None:
    suggestion = waiting(house)
    told = {"Authorization": f"Bearer {records.token}"}

    paths = [f"/api/v1/suggestions/{suggestion.public_id}", f"/api/v1/patients/{house.anna.public_id}/readings"]
    read = [records.get(path).status_code for path in paths]
    decided = records.browser.post(
        f"/api/v1/suggestions/{suggestion.public_id}/review",
        json={"decision": "approved"},
        headers=told | {"If-Match": f'"{suggestion.digest}"'},
    )
    page = records.get(f"/doctor/suggestions/{suggestion.public_id}")

    assert read == [403, 403]
    assert decided.status_code == 403
    assert page.status_code == 302
    assert house.only(Suggestion).state == "pending"


def test_a_token_that_was_taken_back_is_over_or_unknown_opens_nothing(house: House, records: RecordSystem) -> None:
    before = records.get(f"{FHIR}/Task").status_code
    with writing(house.engine) as session:
        revoke_client(session, records.client.public_id, by="command line", now=house.now)
    later = RecordSystem(house, house.doctor)
    after = records.get(f"{FHIR}/Task").status_code
    house.clock.advance(days=90)
    records.token = "rc_nonsense"

    assert (before, after) == (200, 401)
    assert later.get(f"{FHIR}/Task").status_code == 401
    assert records.get(f"{FHIR}/Task").status_code == 401
    assert house.only(RecordClient, id=later.client.id).token_hash != later.token


def test_the_log_of_reads_names_the_record_system_and_whom_it_was_told_of(house: House, records: RecordSystem) -> None:
    waiting(house)

    records.get(f"{FHIR}/Provenance")
    nothing = house.all(ReadEntry)
    records.get(f"{FHIR}/Task")

    assert nothing == []
    (read,) = house.all(ReadEntry)
    assert (read.who, read.patient, read.kind) == (records.client.public_id, house.anna.public_id, "see_records")


def test_what_the_server_can_do_is_open_to_everybody(house: House) -> None:
    answer = house.app.test_client().get(f"{FHIR}/metadata")

    assert complaints(answer.get_json()) == []
    assert {each["type"] for each in answer.get_json()["rest"][0]["resource"]} == {*KINDS, "PlanDefinition"}


def test_on_a_server_it_is_all_the_same(postgresql_url: str, tmp_path: Path) -> None:
    with own_database(postgresql_url) as url:
        house = House(tmp_path, database_url=url)
        records = RecordSystem(house, house.doctor)
        suggestion = waiting(house)
        house.decide(suggestion, house.act(suggestion))

        counted = {kind: len(found(records.get(f"{FHIR}/{kind}"))) for kind in KINDS}
        statuses = [len(found(records.get(f"{FHIR}/Task?status={each}"))) for each in ("requested", "completed")]

        assert counted == {
            "MedicationRequest": 3, "Task": 1, "GuidanceResponse": 1, "Provenance": 1, "AuditEvent": 1,
            "Communication": 0, "Patient": 1,
        }  # fmt: skip
        assert statuses == [0, 1]
        house.engine.dispose()
