"""Suggestions, the queue, decisions, protocols and evaluations as FHIR R4, before two judges."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import simplejson
from hypothesis import HealthCheck, given, settings

from companion.advice.grammar import registry
from companion.fhir.bundle import capability_statement, searchset
from companion.fhir.decision import audit_event, provenance, withdrawal
from companion.fhir.guidance import guidance
from companion.fhir.ids import public_id, resource_id
from companion.fhir.medication_request import order, proposal
from companion.fhir.plan_definition import plan_definition
from companion.fhir.task import approval_task
from companion.fhir.told import Claimed, Decided, Evaluated, Noted, Prescribed, Suggested, Who, Withdrawn
from tests.fhir import told
from tests.fhir.npm_judge import NpmJudge, npm_judge
from tests.fhir.schema import complaints
from tests.fhir.told import ANNA, AT, BASE, ROTH, a_suggestion, approved

Judge = Callable[[dict[str, Any]], list[str]]
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HL7_EXAMPLES: dict[str, Any] = {
    "intent": {"resourceType": "MedicationRequest", "status": "draft", "intent": "banana"},
    "status": {"resourceType": "Observation", "status": "foo", "code": {"text": "x"}},
    "field": {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "colour": "red"},
}


@pytest.fixture(scope="module")
def npm() -> Iterator[NpmJudge]:
    with npm_judge() as judge:
        yield judge


@pytest.fixture
def judged(npm: NpmJudge) -> Judge:
    """What HL7's schema and the npm validator have against a resource, and against what is within it."""

    def both(resource: dict[str, Any]) -> list[str]:
        plain = simplejson.loads(simplejson.dumps(resource, use_decimal=True))
        inner = plain.get("contained", [])
        return [said for each in (plain, *inner) for said in (*complaints(each), *npm.complaints(each))]

    return both


@pytest.mark.parametrize("name", HL7_EXAMPLES)
def test_what_is_wrong_is_caught_by_one_of_the_judges(judged: Judge, name: str) -> None:
    wrong = {"subject": {"reference": "Patient/1"}, "medicationCodeableConcept": {"text": "x"}} | HL7_EXAMPLES[name]

    assert judged(wrong) != []


@MANY
@given(told.suggestions)
def test_every_suggestion_is_a_valid_proposal_and_a_valid_task(judged: Judge, suggested: Suggested) -> None:
    resources = [proposal(suggested, BASE), approval_task(suggested)]
    if suggested.decided:
        resources.append(provenance(suggested, suggested.decided))
        resources += filter(None, [withdrawal(suggested, suggested.decided)])

    assert [said for each in resources for said in judged(each)] == []


@MANY
@given(told.orders)
def test_every_prescription_is_a_valid_order(judged: Judge, prescribed: Prescribed) -> None:
    assert judged(order(prescribed)) == []


@MANY
@given(told.evaluations)
def test_every_evaluation_is_a_valid_guidance_response(judged: Judge, evaluated: Evaluated) -> None:
    assert judged(guidance(evaluated, BASE)) == []


@MANY
@given(told.acts)
def test_every_act_is_a_valid_audit_event(judged: Judge, noted: Noted) -> None:
    assert judged(audit_event(noted)) == []


@pytest.mark.parametrize("name", sorted(registry.load().protocols))
def test_every_protocol_is_a_valid_plan_definition_with_its_hash(judged: Judge, name: str) -> None:
    known = registry.load()

    resource = plan_definition(known.protocols[name], known.digests[name], BASE, ["Dr. Roth"])

    assert judged(resource) == []
    assert known.digests[name] in [each["value"] for each in resource["identifier"]]
    assert resource["status"] == ("active" if known.protocols[name].is_enabled else "draft")


def test_a_protocol_that_nobody_signed_is_a_draft() -> None:
    known = registry.load()

    resource = plan_definition(known.protocols["basal.ada_2u3d"], "0" * 64, BASE, [])

    assert (resource["status"], resource["experimental"]) == ("draft", True)


def test_what_the_server_can_do_and_a_page_of_a_search_are_valid(judged: Judge) -> None:
    found = [proposal(a_suggestion(), BASE)]
    page = searchset(found, base=BASE, total=2, links=[("self", f"{BASE}/Task"), ("next", f"{BASE}/Task?_cursor=x")])
    says = capability_statement(base=BASE, software_version="1", date="2026-03-04", kinds={"Task": ["patient", "code"]})

    assert judged(page) + judged(says) == []


def test_a_suggestion_is_a_draft_proposal_with_its_evidence_and_what_held_before() -> None:
    resource = proposal(a_suggestion(), BASE)

    assert (resource["status"], resource["intent"]) == ("draft", "proposal")
    assert resource["supportingInformation"] == [{"reference": "#glucose-1"}]
    assert resource["contained"][0]["valueQuantity"]["value"] == Decimal(150)
    assert resource["priorPrescription"] == {"reference": "MedicationRequest/rg-5e6f.1"}
    assert resource["instantiatesCanonical"] == [f"{BASE}/PlanDefinition/basal.ada-2u3d|1.0.0"]
    (dose,) = resource["dosageInstruction"][0]["doseAndRate"]
    assert dose["doseQuantity"]["value"] == Decimal(18)
    assert (dose["doseQuantity"]["code"], dose["doseQuantity"]["unit"]) == ("[iU]", "U")


@pytest.mark.parametrize("state", ["pending", "approved", "amended", "rejected", "expired", "superseded", "withdrawn"])
def test_no_suggestion_is_ever_an_order_or_active(state: str) -> None:
    resource = proposal(a_suggestion(state=state), BASE)

    assert resource["intent"] == "proposal"
    assert resource["status"] not in ("active", "on-hold")


def test_what_waits_is_a_task_to_approve_until_it_expires() -> None:
    task = approval_task(a_suggestion())

    assert (task["status"], task["businessStatus"]["text"]) == ("requested", "pending")
    assert task["code"]["coding"][0]["code"] == "approve"
    assert task["focus"] == {"reference": "MedicationRequest/su-0a1b"}
    assert task["restriction"]["period"]["end"] == "2026-03-07T10:30:00+01:00"


def test_a_task_says_who_has_it_open_and_that_it_was_put_off() -> None:
    claimed = approval_task(a_suggestion(claimed=Claimed(ROTH, AT + timedelta(minutes=5))))
    put_off = approval_task(a_suggestion(put_off_until=AT + timedelta(days=1)))

    assert (claimed["status"], claimed["owner"]["display"]) == ("in-progress", "Dr. Roth")
    assert (put_off["status"], put_off["businessStatus"]["text"]) == (
        "on-hold",
        "put off until 2026-03-05T10:30:00+01:00",
    )


def test_an_approval_is_an_order_based_on_the_proposal_with_who_stands_for_it() -> None:
    suggested = approved()
    assert suggested.decided is not None
    prescribed = Prescribed(
        "rg_5e6f.2", ANNA, suggested.zone, suggested.medicine, Decimal(18), "active", ROTH, AT, "approved",
        prior="rg_5e6f.1", based_on=suggested.id, waits_for_patient=True,
    )  # fmt: skip

    ordered, behind = order(prescribed), provenance(suggested, suggested.decided)

    assert (ordered["intent"], ordered["status"]) == ("order", "active")
    assert ordered["basedOn"] == [{"reference": "MedicationRequest/su-0a1b"}]
    assert ordered["requester"]["identifier"]["value"] == "cl_3c4d"
    assert "takes effect once the patient has confirmed it" in [note["text"] for note in ordered["note"]]
    assert behind["target"] == [{"reference": "MedicationRequest/rg-5e6f.2"}]
    assert behind["entity"][0]["what"]["identifier"]["value"] == "b" * 64
    assert {agent["type"]["coding"][0]["code"] for agent in behind["agent"]} == {"author", "verifier", "assembler"}
    assert approval_task(suggested)["output"][0]["valueReference"] == {"reference": "MedicationRequest/rg-5e6f.2"}


def test_where_two_signed_both_stand_for_it() -> None:
    suggested = approved()
    assert suggested.decided is not None
    second = Who("cl_7777", "Dr. Stern")

    behind = provenance(suggested, replace(suggested.decided, second=second))

    roles = [(agent["type"]["coding"][0]["code"], agent["who"]["display"]) for agent in behind["agent"]]
    assert roles == [
        ("author", "Dr. Roth"), ("verifier", "Dr. Roth"), ("verifier", "Dr. Stern"), ("assembler", "companion"),
    ]  # fmt: skip


def test_what_nobody_decided_on_says_why_it_waits_no_more() -> None:
    suggested = a_suggestion(state="superseded", ended_at=AT, ended_because="nothing_proposed")

    task, resource = approval_task(suggested), proposal(suggested, BASE)

    assert (task["status"], task["statusReason"]["text"]) == ("cancelled", "nothing_proposed")
    assert resource["statusReason"]["text"] == "superseded: nothing_proposed"


def test_a_rejection_ends_task_and_proposal_with_its_reason() -> None:
    decided = Decided(ROTH, AT, "rejected", "ask_about_doses: she was away", "b" * 64)
    suggested = a_suggestion(state="rejected", ended_at=AT, decided=decided)

    task, resource = approval_task(suggested), proposal(suggested, BASE)

    assert (task["status"], task["statusReason"]["text"]) == ("rejected", "ask_about_doses: she was away")
    assert (resource["status"], resource["statusReason"]["text"]) == (
        "cancelled",
        "rejected: ask_about_doses: she was away",
    )


def test_a_withdrawal_is_told_as_a_communication_to_the_patient() -> None:
    taken_back = Withdrawn(ROTH, AT, "wrong patient", is_acknowledged=False)
    suggested = approved()
    assert suggested.decided is not None

    resource = withdrawal(suggested, replace(suggested.decided, withdrawn=taken_back))

    assert resource is not None
    assert (resource["status"], resource["priority"]) == ("in-progress", "urgent")
    assert resource["recipient"][0]["reference"] == "Patient/pa-1a2b"
    assert withdrawal(suggested, suggested.decided) is None


def test_an_evaluation_that_lacks_data_says_which() -> None:
    held = {"outcome": "hold", "rule": None, "reasons": ["eGFR is not known"], "asks": ["missing:egfr", "renew_plan"]}
    evaluated = Evaluated("run_7", ANNA, a_suggestion().zone, "basal.ada_2u3d@1.0.0", AT, held)

    resource = guidance(evaluated, BASE)

    assert resource["status"] == "data-required"
    assert [need["type"] for need in resource["dataRequirement"]] == ["Observation"]
    assert resource["moduleCanonical"] == f"{BASE}/PlanDefinition/basal.ada-2u3d|1.0.0"


def test_an_evaluation_points_to_what_it_proposes() -> None:
    evaluated = Evaluated(
        "run_7", ANNA, a_suggestion().zone, "basal.ada_2u3d@1.0.0", AT, {"outcome": "proposal"}, "su_0a1b"
    )

    resource = guidance(evaluated, BASE)

    assert (resource["status"], resource["result"]) == ("success", {"reference": "#proposed"})
    assert resource["contained"][0]["action"][0]["resource"] == {"reference": "MedicationRequest/su-0a1b"}


def test_ids_go_there_and_back() -> None:
    assert resource_id("su_0a1b") == "su-0a1b"
    assert public_id(resource_id("rg_5e6f.2")) == "rg_5e6f.2"
