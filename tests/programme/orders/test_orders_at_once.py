"""Two at once, on PostgreSQL: one order, one hand-over, one event, and either taken back or sent; one delivery in the
ledger and out of it, one week's demand, one price list."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from companion.care.audit import AuditEntry
from companion.db import reading, writing
from companion.errors import BadInput
from companion.programme.orders.handing_over import hand_over_orders
from companion.programme.orders.handing_rules import Outcome
from companion.programme.orders.order_models import MedicineOrder, OrderEvent
from companion.programme.orders.pharmacy_models import Pharmacy, PriceList
from companion.programme.orders.placing import cancel
from companion.programme.orders.prices import take_list
from companion.programme.orders.tracking import Verdict, read_event
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import NewEntry, note_entry
from companion.reminders.supply.supply_models import SupplyEntry, SupplyUndone
from companion.supplying.arrived import brought, take_out, take_told
from companion.supplying.bundles import bundle_of
from companion.supplying.demand_kept import keep_demand
from companion.supplying.demand_models import DemandForecast, DemandRun
from tests.programme.orders.ordering import agree, mark_tried, now_of, open_pharmacy, order, ordered, tablets, tell
from tests.world import World

AT_ONCE = 4


@pytest.fixture
def world(world_on_postgresql: World) -> World:
    return world_on_postgresql


def at_once(do: Callable[[], object]) -> list[object]:
    with ThreadPoolExecutor(AT_ONCE) as several:
        return [done.result() for done in [several.submit(do) for _number in range(AT_ONCE)]]


def test_taps_and_workers_and_events_at_once_do_each_thing_once(world: World) -> None:
    pharmacy, _secret = open_pharmacy(world)
    agree(world, pharmacy)
    regimen = tablets(world)
    came: list[str] = []

    def take(_url: str, headers: Mapping[str, str], _body: bytes) -> Outcome:
        came.append(headers["Idempotency-Key"])
        return Outcome.TAKEN

    at_once(lambda: order(world, pharmacy, regimen))
    placed = world.only(MedicineOrder)
    at_once(lambda: hand_over_orders(world.engine, bundle_of, take, world.clock))
    verdicts = at_once(lambda: tell(world, pharmacy, placed, "sent", "e1", world.now))

    assert came == [placed.public_id]
    assert sorted(map(str, verdicts)) == ["applied"] + ["known"] * (AT_ONCE - 1)
    assert len(world.all(OrderEvent)) == 1
    assert now_of(world, placed).state == "sent"


def test_an_order_is_either_taken_back_or_sent(world: World) -> None:
    _pharmacy, placed = ordered(world)
    came: list[str] = []

    def take(_url: str, headers: Mapping[str, str], _body: bytes) -> Outcome:
        came.append(headers["Idempotency-Key"])
        return Outcome.TAKEN

    def take_back() -> bool:
        try:
            with writing(world.engine) as session:
                cancel(session, session.get_one(MedicineOrder, placed.id), world.now)
        except BadInput:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        back = both.submit(take_back)
        both.submit(hand_over_orders, world.engine, bundle_of, take, world.clock).result()

    assert (len(came), now_of(world, placed).state) == ((0, "cancelled") if back.result() else (1, "handed_over"))


def test_a_delivery_told_and_undone_by_several_moves_the_packs_once_each(world: World) -> None:
    pharmacy, placed = ordered(world)
    mark_tried(world, placed)
    body = f'{{"order": "{placed.public_id}", "event": "delivered", "at": "{world.now.isoformat()}"}}'.encode()

    def deliver() -> Verdict:
        with writing(world.engine) as session:
            return take_told(session, session.get_one(Pharmacy, pharmacy.id), read_event("e1", body), world.now)

    def undo() -> int:
        with writing(world.engine) as session:
            return take_out(session, session.get_one(MedicineOrder, placed.id), by=world.doctor, now=world.now)

    verdicts, gone = at_once(deliver), at_once(undo)
    with reading(world.engine) as session:
        left = brought(session, session.get_one(MedicineOrder, placed.id))

    assert sorted(map(str, verdicts)) == ["applied"] + ["known"] * (AT_ONCE - 1)
    assert sorted(map(str, gone)) == ["0"] * (AT_ONCE - 1) + ["1"]
    assert (len(world.all(SupplyEntry)), len(world.all(SupplyUndone)), left) == (1, 1, [])
    told = [entry.action for entry in world.all(AuditEntry)]
    assert (told.count("supply.delivered"), told.count("supply.undone")) == (1, 1)


def test_several_workers_keep_one_weeks_demand_and_several_uploads_one_price_list(world: World) -> None:
    pharmacy, _secret = open_pharmacy(world)
    regimen = tablets(world)
    world.log_doses(regimen, *[DoseState.TAKEN] * 20)
    with writing(world.engine) as session:
        at = world.now - timedelta(days=21)
        new = NewEntry(EntryKind.RECEIVED, Decimal(500), at, "k", packs=5, pack_size=Decimal(100))
        note_entry(session, regimen, new, by=world.anna, now=world.now)
    prices = b"drug,piece,pack_size,price,currency\nMetformin,tablet,30,4.50,EUR\n"

    def upload() -> bool:
        with writing(world.engine) as session:
            return (
                take_list(session, session.get_one(Pharmacy, pharmacy.id), prices, world.doctor, world.now) is not None
            )

    kept, taken = at_once(lambda: keep_demand(world.engine, world.now, 1)), at_once(upload)

    assert (sorted(map(bool, kept)), sorted(map(bool, taken))) == ([False] * (AT_ONCE - 1) + [True],) * 2
    assert (len(world.all(DemandRun)), len(world.all(DemandForecast)), len(world.all(PriceList))) == (1, 1, 1)
