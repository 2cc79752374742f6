"""What a patient hears of an order, and what it brings into the ledger of packs: told at the pharmacy's own door."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from companion.care.audit import AuditEntry
from companion.care.contact_models import Kind, Topic
from companion.care.message_consent import say
from companion.care.people import Person
from companion.care.tasks import Task
from companion.db import reading, writing
from companion.messages.models import Message, Purpose
from companion.programme.orders.order_models import MedicineOrder, OrderEvent
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import NewEntry, note_entry
from companion.reminders.supply.supply_models import SupplyEntry
from companion.reminders.supply.supply_state import stock_of
from tests.fake_pharmacy import FakePharmacy
from tests.programme.orders.ordering import agree, mark_tried, now_of, open_pharmacy, order, tablets
from tests.web.loop.house import House
from tests.web.page_words import words_of


class Ordered:
    """Anna's order of tablets, of which a pack of twenty came before; and the pharmacy that has it."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder)
        self.pharmacy, secret = open_pharmacy(self.house)
        self.partner = FakePharmacy(secret=secret)
        agree(self.house, self.pharmacy)
        self.regimen = tablets(self.house)
        with writing(self.house.engine) as session:
            first = NewEntry(EntryKind.RECEIVED, Decimal(20), self.house.now, "k", packs=1, pack_size=Decimal(20))
            note_entry(session, self.regimen, first, by=self.house.anna, now=self.house.now)
        self.placed = order(self.house, self.pharmacy, self.regimen)
        mark_tried(self.house, self.placed)

    def tell(self, event: str, event_id: str) -> Any:
        body, signed = self.partner.tells(self.placed.public_id, event, self.house.now, event_id)
        address = f"/hooks/pharmacies/{self.pharmacy.public_id}/events"
        return self.house.app.test_client().post(address, data=body, headers=signed).get_json()

    def hears(self) -> list[str]:
        """What reaches her about the order at the next beat."""
        return [said.text for said in self.house.beat() if "rder" in said.text or "订" in said.text]

    def change_anna(self, **changed: Any) -> None:
        with writing(self.house.engine) as session:
            anna = session.get_one(Person, self.house.anna.id)
            for name, value in changed.items():
                setattr(anna, name, value)

    def on_hand(self) -> Decimal | None:
        with reading(self.house.engine) as session:
            return stock_of(session, session.merge(self.regimen), "Europe/Berlin", self.house.now).amount


@pytest.fixture
def ordered(tmp_path: Path) -> Ordered:
    return Ordered(tmp_path)


def test_each_step_is_told_once_without_a_medicine_s_name(ordered: Ordered) -> None:
    heard = []
    for event, event_id in (("accepted", "e1"), ("sent", "e2"), ("sent", "e2"), ("delivered", "e3"), ("sent", "e4")):
        ordered.tell(event, event_id)
        heard += ordered.hears()

    assert ["has your order" in heard[0], "on its way." in heard[1], "is delivered" in heard[2]] == [True] * 3
    assert len(heard) == 3
    assert "Metformin" not in " ".join(heard)


def test_she_reads_the_name_where_she_chose_so_and_in_her_language(ordered: Ordered) -> None:
    ordered.change_anna(names_medicines=True, language="zh")

    ordered.tell("sent", "e1")

    (heard,) = ordered.hears()
    assert "已经发出" in heard
    assert "Metformin" in heard


def test_a_delay_is_told_to_both_once_and_the_order_stays_what_it_was(ordered: Ordered) -> None:
    ordered.tell("sent", "e1")
    told = [ordered.tell("delayed", "e2"), ordered.tell("delayed", "e3")]

    heard = ordered.hears()

    assert [each["result"] for each in told] == ["applied", "applied"]
    assert [("is late" in text) for text in heard].count(True) == 1
    assert [task.details["why"] for task in ordered.house.all(Task, kind="order_trouble")] == ["delayed"]
    assert now_of(ordered.house, ordered.placed).state == "sent"


def test_news_waits_for_the_end_of_quiet_hours_and_old_news_is_not_told(ordered: Ordered) -> None:
    ordered.change_anna(quiet_from="08:00", quiet_until="20:00")
    ordered.tell("sent", "e1")

    at_noon = ordered.hears()
    ordered.tell("delivered", "e2")
    ordered.house.clock.advance(hours=11)
    in_the_evening = ordered.hears()

    assert at_noon == []
    assert ["is delivered" in text for text in in_the_evening] == [True]


def test_without_consent_nothing_is_sent_and_nobody_is_asked_to_call(ordered: Ordered) -> None:
    with writing(ordered.house.engine) as session:
        anna = session.get_one(Person, ordered.house.anna.id)
        for kind in Kind:
            say(session, anna, kind, [Topic.SUPPLY], agrees=False, now=ordered.house.now)

    ordered.tell("sent", "e1")

    assert ordered.hears() == []
    assert [each.state for each in ordered.house.all(Message, purpose=Purpose.ORDER.value)] == ["failed"]
    assert ordered.house.all(Task, kind="message_failed") == []


def test_a_delivery_fills_the_ledger_once_however_often_it_is_told(ordered: Ordered) -> None:
    before = ordered.on_hand()

    told = [ordered.tell("delivered", "e1"), ordered.tell("delivered", "e1"), ordered.tell("delivered", "e2")]

    assert [each["result"] for each in told] == ["applied", "known", "changes_nothing"]
    assert (before, ordered.on_hand()) == (Decimal(20), Decimal(40))  # one pack of twenty, as the order said
    assert len(ordered.house.all(OrderEvent)) == 2
    assert "supply.delivered" in [entry.action for entry in ordered.house.all(AuditEntry)]
    assert "by the pharmacy" in words_of(ordered.house.page(ordered.house.anna, "/supply/medicines/rg_tablets"))


def test_staff_take_out_again_what_never_came_and_a_stranger_does_not(ordered: Ordered) -> None:
    ordered.tell("delivered", "e1")
    page = f"/clinic/patients/{ordered.house.anna.public_id}/orders/{ordered.placed.public_id}"
    doctor, stranger = (ordered.house.browser(each) for each in (ordered.house.doctor, ordered.house.other_doctor))

    refused = stranger.send(f"{page}/not-arrived", seen_on="/doctor/queue").status_code
    still = ordered.on_hand()
    answers = [doctor.send(f"{page}/not-arrived", seen_on=page).status_code for _ in range(2)]
    ordered.tell("delivered", "e1")

    assert (refused in (403, 404), still, answers) == (True, Decimal(40), [302, 302])
    assert ordered.on_hand() == Decimal(20)
    assert len(ordered.house.all(SupplyEntry)) == 2
    assert [entry.action for entry in ordered.house.all(AuditEntry)].count("supply.undone") == 1


def test_where_packs_are_counted_in_another_way_by_now_nothing_is_guessed(ordered: Ordered) -> None:
    with writing(ordered.house.engine) as session:
        session.get_one(MedicineOrder, ordered.placed.id).lines[0].piece = "puff"

    ordered.tell("delivered", "e1")

    assert ordered.on_hand() == Decimal(20)
    assert now_of(ordered.house, ordered.placed).delivered_at is not None
