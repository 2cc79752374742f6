"""Two at once, on PostgreSQL: one request, one line, one message."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from companion.care.regimens import Regimen
from companion.care.tasks import Task
from companion.db import writing
from companion.messages.models import Message, Purpose
from companion.reminders.supply.refills import look_at_supplies, refill_list, request_refill
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import NewEntry, note_entry
from companion.reminders.supply.supply_models import Supply, SupplyEntry
from tests.world import World

AT_ONCE = 6


@pytest.fixture
def world(world_on_postgresql: World) -> World:
    return world_on_postgresql


def at_once(do: Callable[[], object]) -> list[object]:
    with ThreadPoolExecutor(AT_ONCE) as several:
        return [done.result() for done in [several.submit(do) for _number in range(AT_ONCE)]]


def tablets(world: World) -> Regimen:
    return world.prescribe(drug="Metformin", drug_class="metformin", unit="tablet", amount="1", times=("20:00",))


def count(world: World, regimen: Regimen, pieces: int) -> bool:
    with writing(world.engine) as session:
        new = NewEntry(EntryKind.COUNTED, Decimal(pieces), world.now, "one form")
        return note_entry(session, regimen, new, by=world.anna, now=world.now)


def ask(world: World) -> bool:
    with writing(world.engine) as session:
        return request_refill(session, world.anna, refill_list(session, world.anna, world.now), world.now)


def test_one_form_sent_many_times_at_once_is_one_line(world: World) -> None:
    regimen = tablets(world)

    new = at_once(lambda: count(world, regimen, 5))

    assert sorted(map(bool, new)) == [False] * (AT_ONCE - 1) + [True]
    assert len(world.all(SupplyEntry)) == len(world.all(Supply)) == 1


def test_many_taps_at_once_are_one_request(world: World) -> None:
    tablets(world)

    new = at_once(lambda: ask(world))

    assert sorted(map(bool, new)) == [False] * (AT_ONCE - 1) + [True]
    assert len(world.all(Task)) == 1


def test_many_workers_tell_of_one_crossing_once(world: World) -> None:
    count(world, tablets(world), 5)

    at_once(lambda: look_at_supplies(world.engine, world.now))

    assert len(world.all(Message, purpose=Purpose.REFILL.value)) == 1
