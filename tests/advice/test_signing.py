"""A protocol runs for nobody before a named clinician signed its text, and for nobody after the signature is gone."""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError

from companion.advice.deciding.refusals import DataChanged
from companion.advice.grammar.cited_numbers import numbers_of, unverified
from companion.advice.grammar.protocol import Protocol
from companion.advice.grammar.registry import load
from companion.advice.models import Plan, ProtocolRun, Suggestion
from companion.advice.signed import plans, signing
from companion.advice.signed.plan_terms import Terms
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care.audit import AuditEntry
from companion.care.due_work import DueWork, WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.db import writing
from companion.errors import BadInput
from tests.world import World

BASAL = "basal.ada_2u3d"
UNSIGNED = "No clinician's signature stands for basal.ada_2u3d@1.0.0-draft."
ENABLED = [protocol for protocol in load().protocols.values() if protocol.is_enabled]


def sign(world: World, protocol: str = BASAL, *, by: Person | None = None, accepted: Collection[str] = ()) -> str:
    with writing(world.engine) as session:
        signed_by = by or world.doctor
        signature = signing.sign(
            session, world.stores.registry, protocol, by=signed_by, accepted=accepted, now=world.now
        )
        return signature.public_id


def withdraw(world: World, signature: str, *, by: Person | None = None, reason: str = "an error in it") -> bool:
    with writing(world.engine) as session:
        found = signing.get_signature(session, signature)
        return signing.withdraw(session, found, by=by or world.doctor, reason=reason, now=world.now)


def make_demo(world: World, *people: Person) -> None:
    with writing(world.engine) as session:
        session.execute(update(Person).where(Person.id.in_([person.id for person in people])).values(is_demo=True))
    for person in people:
        person.is_demo = True


def stands(world: World, patient: Person | None = None, protocol: str = BASAL) -> str | None:
    with writing(world.engine) as session:
        found = signing.standing(session, world.stores.registry, protocol, patient or world.anna)
        return found.public_id if found else None


def sign_a_plan(world: World, regimen: Regimen) -> None:
    terms = Terms(BASAL, Decimal(80), Decimal(130), Decimal(40), world.today)
    with writing(world.engine) as session:
        plans.sign(
            session, world.stores.registry, regimen, by=world.doctor, terms=terms, today=world.today, now=world.now
        )


def states(world: World) -> list[str]:
    return [suggestion.state for suggestion in world.all(Suggestion)]


def last_run(world: World) -> dict[str, Any]:
    told: dict[str, Any] = world.only(ProtocolRun).outcome["outcome"]
    return told


# The signature


def test_a_signature_names_who_what_when_and_the_numbers_that_were_accepted(world: World) -> None:
    registry, name = world.stores.registry, "bp.step_generic"
    keys = [number.key for number in unverified(registry.get(name))]

    sign(world, name, accepted=keys)

    made = world.only(ProtocolSignature)
    assert (made.protocol, made.version, made.text_hash) == (name, "1.0.0-draft", registry.digests[name])
    assert (made.signed_by, made.signed_at, made.is_demo) == (world.doctor.id, world.now, False)
    assert made.accepted["rules.R2"].startswith("mean(systolic_14d) < 110")
    entry = world.all(AuditEntry)[-1]
    assert (entry.action, entry.actor, entry.details["signature"]) == (
        "signed_protocol",
        world.doctor.public_id,
        made.public_id,
    )


def test_every_number_from_memory_has_to_be_accepted_by_its_name(world: World) -> None:
    keys = [number.key for number in unverified(world.stores.registry.get("bp.step_generic"))]

    for left_out in keys:
        with pytest.raises(BadInput, match=f"{left_out} is not accepted"):
            sign(world, "bp.step_generic", accepted=[key for key in keys if key != left_out])

    assert len(keys) == 4
    assert world.all(ProtocolSignature) == []


@pytest.mark.parametrize(
    ("protocol", "accepted", "said"),
    [
        ("basal.of_last_year", [], "is not a protocol here"),
        ("bp.thiazide_like", [], "is switched off: Every number is from memory"),
        (BASAL, ["rules.R5"], "'rules.R5' is no unverified number"),
    ],
)
def test_what_cannot_be_signed_is_said(world: World, protocol: str, accepted: list[str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        sign(world, protocol, accepted=accepted)


def test_nobody_but_a_clinician_signs_or_withdraws(world: World) -> None:
    signature = sign(world)

    for person in (world.anna, world.ben, world.stranger):
        with pytest.raises(BadInput, match="only a clinician"):
            sign(world, by=person)
        with pytest.raises(BadInput, match="only a clinician"):
            withdraw(world, signature, by=person)


def test_a_withdrawal_has_a_reason_and_comes_once(world: World) -> None:
    signature = sign(world)

    with pytest.raises(BadInput, match="a reason is needed"):
        withdraw(world, signature, reason=" ")
    first, second = withdraw(world, signature), withdraw(world, signature, by=world.other_doctor)

    assert (first, second) == (True, False)
    assert stands(world) is None


def test_the_oldest_signature_stands_so_that_another_one_changes_nothing(world: World) -> None:
    first = sign(world)
    second = sign(world, by=world.other_doctor)

    before = stands(world)
    withdraw(world, first)

    assert (before, stands(world)) == (first, second)


def test_a_signature_of_another_text_stands_for_nothing(world: World) -> None:
    sign(world)
    other_text = replace(world.stores.registry, digests={BASAL: "0" * 64})

    with writing(world.engine) as session:
        found = signing.standing(session, other_text, BASAL, world.anna)

    assert found is None


# Demo signers are visibly demo, and count for demo people only


def test_a_demo_signature_counts_for_demo_people_and_for_nobody_else(world: World) -> None:
    make_demo(world, world.doctor)
    signature = sign(world)

    for_a_person = stands(world)
    make_demo(world, world.anna)

    assert world.only(ProtocolSignature).is_demo
    assert (for_a_person, stands(world)) == (None, signature)


def test_a_real_signature_goes_before_a_demo_one(world: World) -> None:
    make_demo(world, world.doctor, world.anna)
    sign(world)

    real = sign(world, by=world.other_doctor)

    assert stands(world) == real


def test_a_demo_account_takes_no_real_signature_back_and_signs_no_real_plan(world: World) -> None:
    regimen = world.prescribe()
    signature = sign(world, by=world.other_doctor)
    make_demo(world, world.doctor)

    with pytest.raises(BadInput, match="a demo account acts on demo data only"):
        withdraw(world, signature)
    with pytest.raises(BadInput, match="a demo account acts on demo data only"):
        sign_a_plan(world, regimen)


# What runs


def test_a_plan_of_a_protocol_that_nobody_signed_cannot_be_signed(world: World) -> None:
    regimen = world.prescribe()

    with pytest.raises(BadInput, match="was signed by no clinician"):
        sign_a_plan(world, regimen)

    assert world.all(Plan) == []


def test_a_running_plan_holds_and_says_why_once_the_signature_is_taken_back(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    assert states(world) == ["pending"]

    withdraw(world, world.only(ProtocolSignature).public_id)
    world.beat()

    assert states(world) == ["superseded"]
    assert last_run(world)["outcome"] == "hold"
    assert "renew_plan" in last_run(world)["asks"]
    assert UNSIGNED in last_run(world)["reasons"]


def test_what_was_shown_under_a_signature_cannot_be_approved_after_it(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    suggestion = world.only(Suggestion)
    act = world.act(suggestion)

    withdraw(world, world.only(ProtocolSignature).public_id)

    with pytest.raises(DataChanged):
        world.decide(suggestion, act)
    assert world.only(Suggestion).state == "pending"


def test_signing_again_lets_the_plan_run_on(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    withdraw(world, world.only(ProtocolSignature).public_id)
    world.beat()

    again = sign(world)
    world.beat()

    newest = world.all(Suggestion)[-1]
    assert (newest.state, newest.evidence["signature"]) == ("pending", {"id": again, "is_demo": False})


def test_a_suggestion_names_the_signature_it_ran_by(world: World) -> None:
    world.titration()

    world.fast(150, 155, 158)

    signature = world.only(ProtocolSignature)
    assert world.only(Suggestion).signature_id == signature.id


def test_signing_and_taking_back_have_the_patients_looked_at(world: World) -> None:
    world.titration()
    with writing(world.engine) as session:
        session.query(DueWork).filter_by(kind=WorkKind.ASSESS.value).delete()

    sign(world)

    assert world.only(DueWork, kind=WorkKind.ASSESS.value).subject_id == world.anna.id


# The numbers that are read and accepted


@pytest.mark.parametrize("protocol", ENABLED, ids=lambda protocol: protocol.id)
def test_every_table_with_evidence_is_among_the_numbers_once(protocol: Protocol) -> None:
    numbers = numbers_of(protocol)

    keys = [number.key for number in numbers]
    assert len(keys) == len(set(keys))
    assert {f"rules.{rule.id}" for rule in protocol.rules} <= set(keys)
    assert {f"limits.{name}" for name in protocol.limits} <= set(keys)
    assert set(protocol.cited) <= set(keys)


# On a server


def test_on_postgresql_a_signature_is_made_used_and_taken_back_and_never_changes(world_on_postgresql: World) -> None:
    world = world_on_postgresql
    signature = sign(world)
    world.titration()
    world.fast(150, 155, 158)

    before = states(world)
    with pytest.raises(DatabaseError, match="is history"), writing(world.engine) as session:
        session.execute(update(ProtocolSignature).values(is_demo=True))
    taken_back = withdraw(world, signature), withdraw(world, signature)
    world.beat()

    assert (before, states(world)) == (["pending"], ["superseded"])
    assert taken_back == (True, False)
