"""Orders from the tick to the door: what is refused, what leaves, and what a pharmacy's word changes."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from companion.care.due_work import DueWork
from companion.care.people import Person
from companion.care.regimens import Regimen, revise
from companion.care.tasks import Task
from companion.crash_points import Point, listeners
from companion.db import reading, writing
from companion.erasing.erase import Places, erase
from companion.errors import BadInput
from companion.exporting.subject import Subject
from companion.exporting.tables import TABLES
from companion.programme.orders.agreeing import has_agreed
from companion.programme.orders.handing_over import hand_over_orders
from companion.programme.orders.handing_rules import Outcome
from companion.programme.orders.order_life import OrderState
from companion.programme.orders.order_models import MedicineOrder, OrderEvent
from companion.programme.orders.pharmacies import add_pharmacy, checked_url, read_areas, renew_secret
from companion.programme.orders.pharmacy_models import Pharmacy, PharmacyConsent
from companion.programme.orders.placing import cancel
from companion.programme.orders.tracking import Verdict, read_event
from companion.supplying.bundles import bundle_of
from companion.supplying.posting import poster
from tests.fake_pharmacy import FakePharmacy, running_pharmacy
from tests.fhir.npm_judge import npm_judge
from tests.fhir.schema import complaints_of_bundle
from tests.programme.orders.ordering import (
    ADDRESS,
    BERLIN,
    add_admin,
    agree,
    mark_tried,
    now_of,
    open_pharmacy,
    order,
    ordered,
    tablets,
    tell,
)
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


class Door:
    """A pharmacy's server as the sending sees it: answers in turn, then takes."""

    def __init__(self, *answers: Outcome) -> None:
        self.answers, self.came = list(answers), []  # type: ignore[var-annotated]

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        self.came.append(headers["Idempotency-Key"])
        return self.answers.pop(0) if self.answers else Outcome.TAKEN


def hand_over(world: World, door: Door) -> None:
    hand_over_orders(world.engine, bundle_of, door, world.clock)


def troubles(world: World) -> list[str]:
    return [task.details["why"] for task in world.all(Task, kind="order_trouble")]


# Placing


def test_an_order_is_durable_due_and_promised_and_its_address_is_sealed(world: World) -> None:
    _pharmacy, placed = ordered(world)

    found = world.only(MedicineOrder)
    assert (found.state, found.is_urgent) == ("placed", False)
    assert found.promised_by == world.now + timedelta(hours=48)
    assert [work.kind for work in world.all(DueWork, subject_id=placed.id) if "order" in work.kind] == ["order"]
    assert ADDRESS.encode() not in (world.folder / "companion.db").read_bytes()


def test_the_same_form_again_is_the_same_order(world: World) -> None:
    pharmacy, placed = ordered(world)

    again = order(world, pharmacy, world.only(Regimen))

    assert again.public_id == placed.public_id
    assert len(world.all(MedicineOrder)) == 1


def test_insulin_makes_the_whole_order_urgent(world: World) -> None:
    pharmacy, _secret = open_pharmacy(world)
    agree(world, pharmacy)

    placed = order(world, pharmacy, tablets(world), world.prescribe())

    assert placed.is_urgent
    assert placed.promised_by == world.now + timedelta(hours=4)
    assert [line.is_urgent for line in now_of(world, placed).lines] == [False, True]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"area": "Mars"}, "area"),
        ({"address": "   "}, "address"),
        ({"address": "x" * 301}, "address"),
        ({"asked": []}, "medicines"),
        ({"key": ""}, "key"),
    ],
)
def test_what_is_missing_is_refused_by_its_field(world: World, changed: dict[str, Any], field: str) -> None:
    pharmacy, _secret = open_pharmacy(world)
    agree(world, pharmacy)

    with pytest.raises(BadInput) as refused:
        order(world, pharmacy, tablets(world), **changed)

    assert refused.value.where == field
    assert world.all(MedicineOrder) == []


def test_nothing_is_ordered_where_she_did_not_agree_or_takes_it_back(world: World) -> None:
    pharmacy, _secret = open_pharmacy(world)
    regimen = tablets(world)

    with pytest.raises(BadInput, match="may not be told"):
        order(world, pharmacy, regimen)
    agree(world, pharmacy)
    agree(world, pharmacy, agrees=False)
    with pytest.raises(BadInput, match="may not be told"):
        order(world, pharmacy, regimen)

    assert [each.is_agreed for each in world.all(PharmacyConsent)] == [True, False]


def test_an_agreement_is_of_one_pharmacy(world: World) -> None:
    pharmacy, _secret = open_pharmacy(world)
    agree(world, pharmacy)
    admin = add_admin(world)

    with writing(world.engine) as session:
        other, _ = add_pharmacy(session, name="Rose", url="https://r.example", areas=[BERLIN], by=admin, now=world.now)
        assert has_agreed(session, world.anna.id, pharmacy.id)
        assert not has_agreed(session, world.anna.id, other.id)


def test_a_medicine_is_not_ordered_twice_at_once(world: World) -> None:
    pharmacy, _placed = ordered(world)

    with pytest.raises(BadInput) as refused:
        order(world, pharmacy, world.only(Regimen), key="form-2")

    assert refused.value.where == "medicines"


def change(world: World, regimen: Regimen, amount: str, *, waits: bool) -> None:
    """Dr. Roth prescribes another amount; `waits`: it follows from an approval, and Anna has to say it back."""
    with writing(world.engine) as session:
        kept = session.get_one(Regimen, regimen.id)
        start = {"start_on": world.today, "end_on": None, "reason": "as agreed", "now": world.now}
        rule = {"kind": "daily", "times": ["20:00"]}
        effective = None if waits else world.now
        made = revise(
            session, kept, by=world.doctor, amount=Decimal(amount), rule=rule, effective_at=effective, **start
        )
        if waits:
            made.withdrawn_at = world.now
            made.effective_at = world.now


def test_while_an_amount_is_in_doubt_the_medicine_is_not_ordered(world: World) -> None:
    pharmacy, _secret = open_pharmacy(world)
    agree(world, pharmacy)
    regimen = tablets(world)
    change(world, regimen, "2", waits=True)

    with pytest.raises(BadInput) as refused:
        order(world, pharmacy, regimen)

    assert refused.value.where == "medicines"


def test_somebody_elses_medicine_is_refused(world: World) -> None:
    pharmacy, _secret = open_pharmacy(world)
    agree(world, pharmacy)
    regimen = tablets(world)
    with writing(world.engine) as session:
        session.get_one(Regimen, regimen.id).patient_id = world.ben.id

    with pytest.raises(BadInput, match="no medicine of yours"):
        order(world, pharmacy, regimen)


# Handing over


def test_an_order_is_handed_over_once_and_then_looked_at_when_it_was_promised(world: World) -> None:
    _pharmacy, placed = ordered(world)
    door = Door()

    hand_over(world, door)
    hand_over(world, door)

    assert door.came == [placed.public_id]
    assert now_of(world, placed).state == OrderState.HANDED_OVER
    assert world.only(DueWork, kind="order").next_check_at == placed.promised_by


def test_urgent_orders_leave_before_those_that_waited_longer(world: World) -> None:
    pharmacy, usual = ordered(world)
    world.clock.advance(minutes=5)
    urgent = order(world, pharmacy, world.prescribe(), key="form-2")
    door = Door()

    hand_over(world, door)

    assert door.came == [urgent.public_id, usual.public_id]


def test_a_pharmacy_that_does_not_answer_is_asked_again_later_and_in_the_end_the_clinic_calls(world: World) -> None:
    _pharmacy, placed = ordered(world)
    door = Door(*[Outcome.NO_ANSWER] * 100)

    hand_over(world, door)
    hand_over(world, door)
    assert len(door.came) == 1
    for _hour in range(49):
        world.clock.advance(hours=1)
        hand_over(world, door)

    assert now_of(world, placed).state == OrderState.FAILED
    assert now_of(world, placed).why == "not_reached"
    assert troubles(world) == ["waits", "not_reached"]
    assert world.all(DueWork, kind="order") == []


def test_what_a_pharmacy_refuses_is_not_asked_again(world: World) -> None:
    _pharmacy, placed = ordered(world)
    door = Door(Outcome.REFUSED)

    hand_over(world, door)
    world.clock.advance(hours=2)
    hand_over(world, door)

    assert len(door.came) == 1
    assert (now_of(world, placed).state, troubles(world)) == ("failed", ["refused"])


def test_a_prescription_that_changed_meanwhile_does_not_leave(world: World) -> None:
    _pharmacy, placed = ordered(world)
    change(world, world.only(Regimen), "2", waits=False)
    door = Door()

    hand_over(world, door)

    assert door.came == []
    assert (now_of(world, placed).state, troubles(world)) == ("cancelled", ["prescription_changed"])


def test_what_changed_after_a_try_is_sent_no_more_and_somebody_calls_the_pharmacy(world: World) -> None:
    _pharmacy, placed = ordered(world)
    door = Door(Outcome.NO_ANSWER)
    hand_over(world, door)
    change(world, world.only(Regimen), "2", waits=False)

    world.clock.advance(minutes=2)
    hand_over(world, door)

    assert len(door.came) == 1
    assert (now_of(world, placed).state, troubles(world)) == ("failed", ["maybe_sent"])


def test_an_agreement_taken_back_meanwhile_holds(world: World) -> None:
    pharmacy, placed = ordered(world)
    agree(world, pharmacy, agrees=False)
    door = Door()

    hand_over(world, door)

    assert door.came == []
    assert now_of(world, placed).why == "no_consent"


def test_what_is_not_there_when_it_was_promised_is_told_once(world: World) -> None:
    _pharmacy, placed = ordered(world)
    hand_over(world, Door())

    world.clock.instant = placed.promised_by
    hand_over(world, Door())
    world.clock.advance(hours=5)
    hand_over(world, Door())

    assert troubles(world) == ["late"]


class _KilledError(BaseException):
    """As a process dies: nothing that follows is done."""


@pytest.mark.parametrize("point", [Point.ORDER_BEFORE_SEND, Point.ORDER_AFTER_SEND])
def test_killed_around_the_sending_it_is_sent_again_under_the_same_id(world: World, point: Point) -> None:
    _pharmacy, placed = ordered(world)
    door = Door()

    def die(reached: Point) -> None:
        if reached is point:
            raise _KilledError

    listeners.append(die)
    try:
        with pytest.raises(_KilledError):
            hand_over(world, door)
    finally:
        listeners.remove(die)
    before = list(door.came)
    with writing(world.engine) as session, pytest.raises(BadInput, match="at the pharmacy"):
        cancel(session, session.get_one(MedicineOrder, placed.id), world.now)
    world.clock.advance(minutes=3)
    hand_over(world, door)

    assert len(before) == (point is Point.ORDER_AFTER_SEND)
    assert set(door.came) == {placed.public_id}
    assert now_of(world, placed).state == OrderState.HANDED_OVER


def test_before_anybody_tried_it_can_be_taken_back(world: World) -> None:
    _pharmacy, placed = ordered(world)
    with writing(world.engine) as session:
        cancel(session, session.get_one(MedicineOrder, placed.id), world.now)
    door = Door()

    hand_over(world, door)

    assert door.came == []
    assert now_of(world, placed).state == OrderState.CANCELLED


# Over HTTP


@pytest.fixture
def partner() -> Iterator[FakePharmacy]:
    with running_pharmacy() as pharmacy:
        yield pharmacy


def test_the_partner_gets_a_signed_bundle_with_the_prescription_as_it_holds(
    world: World, partner: FakePharmacy
) -> None:
    pharmacy, partner.secret = open_pharmacy(world, url=partner.url)
    agree(world, pharmacy)
    placed = order(world, pharmacy, tablets(world))

    hand_over_orders(world.engine, bundle_of, poster(may_be_private=True), world.clock)

    (came,) = partner.orders
    by_kind = {entry["resource"]["resourceType"]: entry["resource"] for entry in came["entry"]}
    assert came["key"] == came["identifier"]["value"] == placed.public_id
    assert by_kind["Patient"]["address"][0]["text"] == ADDRESS
    assert by_kind["MedicationRequest"]["dosageInstruction"][0]["text"] == "1 tablet, 20:00"
    assert by_kind["MedicationRequest"]["requester"]["display"] == "Dr. Roth"
    assert "note" not in by_kind["MedicationRequest"]
    assert by_kind["SupplyRequest"]["quantity"]["value"] == 30
    assert now_of(world, placed).state == OrderState.HANDED_OVER


def test_the_bundle_is_valid_before_both_judges_of_fhir(world: World) -> None:
    pharmacy, _secret = open_pharmacy(world)
    agree(world, pharmacy)
    rule = {"kind": "daily", "times": ["08:00", "20:00"], "amounts": ["1", "2"]}
    differing = world.prescribe(public_id="rg_two", drug="Bisoprolol", drug_class="beta_blocker", unit="mg", rule=rule)
    placed = order(world, pharmacy, tablets(world), world.prescribe(), differing)

    with reading(world.engine) as session:
        bundle = json.loads(bundle_of(session, session.get_one(MedicineOrder, placed.id)))

    with npm_judge() as npm:
        said = [each for entry in bundle["entry"] for each in npm.complaints(entry["resource"])]
    assert said + complaints_of_bundle(bundle) == []
    told = {entry["resource"]["id"]: entry["resource"] for entry in bundle["entry"]}
    assert set(told["rg-two.1"]["dosageInstruction"][0]) == {"text"}
    assert [told[f"{bundle['id']}-{n}"]["priority"] for n in (1, 2, 3)] == ["routine", "urgent", "routine"]


def test_a_partner_that_knows_another_secret_or_is_away_takes_nothing(world: World, partner: FakePharmacy) -> None:
    pharmacy, partner.secret = open_pharmacy(world, url=partner.url)
    agree(world, pharmacy)
    placed = order(world, pharmacy, tablets(world))
    with writing(world.engine) as session:
        renew_secret(session, session.get_one(Pharmacy, pharmacy.id), world.doctor, world.now)

    hand_over_orders(world.engine, bundle_of, poster(may_be_private=True), world.clock)

    assert partner.refused == [placed.public_id]
    assert now_of(world, placed).state == OrderState.PLACED


def test_nothing_is_sent_to_a_machine_of_this_house(world: World, partner: FakePharmacy) -> None:
    https = partner.url.replace("http:", "https:")

    outcome = poster(may_be_private=False)(https, {}, b"{}")

    assert outcome is Outcome.NO_ANSWER
    assert partner.orders == []


# What a pharmacy tells


def test_events_lead_on_and_replayed_disordered_and_late_ones_change_nothing(world: World) -> None:
    pharmacy, placed = ordered(world)
    hand_over(world, Door())

    verdicts = [
        tell(world, pharmacy, placed, "sent", "e3", world.now),
        tell(world, pharmacy, placed, "accepted", "e1", world.now),
        tell(world, pharmacy, placed, "sent", "e3", world.now),
        tell(world, pharmacy, placed, "delivered", "e4", world.now),
        tell(world, pharmacy, placed, "failed", "e5", world.now),
    ]

    nothing = Verdict.CHANGES_NOTHING
    assert verdicts == [Verdict.APPLIED, nothing, Verdict.KNOWN, Verdict.APPLIED, nothing]
    assert now_of(world, placed).state == OrderState.DELIVERED
    assert [each.event_id for each in world.all(OrderEvent)] == ["e3", "e1", "e4", "e5"]


def test_an_event_that_comes_before_our_own_commit_counts_and_nothing_is_sent_twice(world: World) -> None:
    pharmacy, placed = ordered(world)
    mark_tried(world, placed)

    tell(world, pharmacy, placed, "accepted", "e1", world.now)
    door = Door()
    hand_over(world, door)

    assert door.came == []
    assert now_of(world, placed).state == OrderState.ACCEPTED


def test_a_failure_asks_the_clinic_to_call_and_a_delivery_closes_what_was_asked(world: World) -> None:
    pharmacy, placed = ordered(world)
    hand_over(world, Door())
    world.clock.instant = placed.promised_by
    hand_over(world, Door())

    tell(world, pharmacy, placed, "delivered", "e1", world.now)

    assert [task.done_at for task in world.all(Task, kind="order_trouble")] == [world.now]
    other = order(world, pharmacy, world.prescribe(), key="form-2")
    mark_tried(world, other)
    tell(world, pharmacy, other, "failed", "e2", world.now)
    assert troubles(world) == ["late", "pharmacy"]


def test_an_order_of_another_pharmacy_an_impossible_instant_and_a_used_id_are_refused(world: World) -> None:
    pharmacy, placed = ordered(world)
    hand_over(world, Door())
    with writing(world.engine) as session:
        other, _ = add_pharmacy(
            session, name="Rose", url="https://r.example", areas=[BERLIN], by=world.doctor, now=world.now
        )
    tell(world, pharmacy, placed, "accepted", "e1", world.now)

    for whose, event, event_id, at, field in [
        (other, "sent", "e2", world.now, "order"),
        (pharmacy, "sent", "e2", world.now + timedelta(hours=1), "at"),
        (pharmacy, "sent", "e2", world.now - timedelta(days=1), "at"),
        (pharmacy, "sent", "e1", world.now, "webhook-id"),
    ]:
        with pytest.raises(BadInput) as refused:
            tell(world, whose, placed, event, event_id, at)
        assert refused.value.where == field

    assert now_of(world, placed).state == OrderState.ACCEPTED


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"[]", "body"),
        (b"[" * 100_000, "body"),
        (json.dumps({"order": "or_1", "event": "sent"}).encode(), "at"),
        (json.dumps({"order": 1, "event": "sent", "at": "x"}).encode(), "order"),
        (json.dumps({"order": "a\0b", "event": "sent", "at": "x"}).encode(), "order"),
        (json.dumps({"order": "or_1", "event": "eaten", "at": "2026-03-04T09:30:00Z"}).encode(), "event"),
        (json.dumps({"order": "or_1", "event": "sent", "at": "2026-03-04T09:30:00"}).encode(), "at"),
        (json.dumps({"order": "or_1", "event": "sent", "at": "soon"}).encode(), "at"),
        (json.dumps({"order": "or_1", "event": "sent", "at": "2026-03-04T09:30:00Z", "dose": 2}).encode(), "dose"),
    ],
)
def test_an_event_that_cannot_be_read_is_refused_by_its_field(body: bytes, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_event("e1", body)

    assert refused.value.where == field


# Her own data


def test_orders_are_in_her_export_and_gone_when_she_is_erased_but_for_what_she_agreed_to(world: World) -> None:
    pharmacy, placed = ordered(world)
    hand_over(world, Door())
    tell(world, pharmacy, placed, "sent", "e1", world.now)
    with reading(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        subject = Subject(session, world.stores.readings, anna, world.now)
        found = {
            table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows(subject)] for table in TABLES
        }

    erase(Places(world.stores, world.services.originals), anna.public_id, by="x", now=world.now, keep_years=15)

    assert [(row["address"], row["drug"], row["state"]) for row in found["orders"]] == [(ADDRESS, "Metformin", "sent")]
    assert [row["event"] for row in found["order_events"]] == ["sent"]
    assert [row["is_agreed"] for row in found["pharmacy_consents"]] == [True]
    assert world.all(MedicineOrder) + world.all(OrderEvent) + world.all(DueWork, kind="order") == []
    assert len(world.all(PharmacyConsent)) == 1


# Setting up


@pytest.mark.parametrize(
    "text", ["", "Berlin", "Berlin, 4", "Berlin, 0, 48", "Berlin, 4, 999", "Berlin, 4, 48\nberlin, 1, 2"]
)
def test_areas_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_areas(text)

    assert refused.value.where == "areas"


@pytest.mark.parametrize(
    "url", ["", "http://x.example", "ftp://x", "https://a:b@x.example", "https://x.example/#a", "https://"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked_url(url, may_be_private=False)

    assert refused.value.where == "url"
