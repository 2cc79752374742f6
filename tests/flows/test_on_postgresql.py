"""The whole loop with everything on PostgreSQL: bytes to a dose that a doctor approved, a schedule to the family."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from companion.advice.models import Suggestion
from companion.care.audit import broken_entries
from companion.care.regimens import RegimenRevision
from companion.care.tasks import Alert, Task, TaskKind
from companion.db import reading
from companion.flows import TakenIn
from companion.messages.models import Message, Purpose
from companion.reminders.doses.models import Dose, DoseEvent
from tests.world import World


@pytest.fixture
def world(world_on_postgresql: World) -> World:
    return world_on_postgresql


def texts(world: World) -> Counter[str]:
    return Counter(line["to"] for line in world.outbox_lines())


def test_three_high_mornings_become_a_dose_that_the_doctor_approved(world: World) -> None:
    world.titration()
    payloads = world.fasting_payloads(150, 155, 158)

    first, again = world.download(payloads), world.download(payloads)
    suggestion = world.only(Suggestion)
    world.decide(suggestion, world.act(suggestion))
    world.beat()

    assert world.engine.dialect.name == "postgresql"
    assert [(taken.new, taken.known) for taken in (first, again)] == [(3, 0), (0, 3)]
    assert [reading.value for reading in world.readings()] == [150, 155, 158]
    assert [revision.amount for revision in world.all(RegimenRevision)] == [16, 18]
    assert world.only(Message).purpose == Purpose.ADVICE
    assert texts(world) == {world.anna.phone: 1}
    with reading(world.engine) as session:
        assert list(broken_entries(session)) == []


def test_a_serious_low_reaches_the_family_and_the_clinic_at_once(world: World) -> None:
    world.measure(50)
    world.beat()

    assert world.only(Task).kind == TaskKind.URGENT_READING
    assert texts(world) == {world.anna.phone: 1, world.ben.phone: 1}


def test_a_dose_nobody_took_is_told_to_the_family_once(world: World) -> None:
    world.clock.instant = world.local("2026-03-04 06:00")
    world.prescribe()

    world.beat_until(world.local("2026-03-04 09:00") + timedelta(minutes=10))

    dose = world.all(Dose)[0]
    assert dose.state == "missed"
    assert [event.event for event in world.all(DoseEvent)] == ["due", "missed"]
    assert [alert.recipient_id for alert in world.all(Alert)] == [world.ben.id, world.cora.id]
    assert texts(world) == {world.anna.phone: 1, world.ben.phone: 1, world.cora.phone: 1}


def test_downloads_that_come_at_once_are_each_taken_in_once(world: World) -> None:
    downloads = [world.fasting_payloads(100 + number, 110 + number) for number in range(4)]

    with ThreadPoolExecutor(4) as hubs:
        taken: list[TakenIn] = list(hubs.map(world.download, [*downloads, *downloads]))

    assert sum(each.new for each in taken) == 8
    assert sum(each.known for each in taken) == 8
    assert sorted(reading.value for reading in world.readings() if reading.value) == sorted(
        value + number for number in range(4) for value in (100, 110)
    )
