"""Two at once, on PostgreSQL: one order, one hand-over, one event, and either taken back or sent."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from companion.db import writing
from companion.errors import BadInput
from companion.programme.orders.handing_over import hand_over_orders
from companion.programme.orders.handing_rules import Outcome
from companion.programme.orders.order_models import MedicineOrder, OrderEvent
from companion.programme.orders.placing import cancel
from companion.supplying.bundles import bundle_of
from tests.programme.orders.ordering import agree, now_of, open_pharmacy, order, ordered, tablets, tell
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
