"""The service with its readings in a real InfluxDB, from the meter to the page, and what happens when that dies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from companion.advice.models import Suggestion
from companion.care.due_work import DueWork, WorkKind
from companion.care.tasks import Task, TaskKind
from companion.crash_points import Point, listeners
from companion.errors import Unavailable
from tests import servers
from tests.readings.backends import influx_database
from tests.servers import HttpServer
from tests.web.loop.house import House
from tests.web.loop.test_batches import METER, HubAtHome, batch


@pytest.fixture
def server() -> Iterator[HttpServer]:
    """An InfluxDB of the test's own, because it is killed."""
    with servers.influxdb() as server:
        yield server


@pytest.fixture
def house(server: HttpServer, tmp_path: Path) -> Iterator[House]:
    with influx_database(server) as url:
        yield House(tmp_path, readings_url=url)


@contextmanager
def when(point: Point, do: Callable[[], None]) -> Iterator[None]:
    """Does it the first time that point is reached."""

    def listen(reached: Point) -> None:
        if reached is point:
            listeners.remove(listen)
            do()

    listeners.append(listen)
    yield
    assert listen not in listeners, f"{point} was not reached"


def values(house: House) -> list[int]:
    return [int(reading.value or 0) for reading in house.readings()]


def test_a_download_is_shown_assessed_and_known_when_it_comes_again(house: House) -> None:
    house.titration()
    payloads = house.fasting_payloads(150, 155, 158)
    first = house.download(payloads)

    again = house.download(payloads)

    assert (first.new, first.known, again.new, again.known) == (3, 0, 0, 3)
    assert values(house) == [150, 155, 158]
    assert [(s.state, s.action) for s in house.all(Suggestion)] == [("pending", "increase")]
    assert "158" in house.page(house.anna, "/readings")
    assert "158" in house.page(house.anna, "/today")
    api = house.browser(house.anna).get(f"/api/v1/patients/{house.anna.public_id}/readings?metric=glucose")
    assert len(api.get_json()["readings"]) == 3


def test_a_suggestion_is_approved_on_evidence_from_there(house: House) -> None:
    house.titration()
    house.fast(150, 155, 158)
    (suggestion,) = house.all(Suggestion)

    house.decide(suggestion, house.act(suggestion))

    assert house.only(Suggestion).state == "approved"


def test_two_records_of_one_number_and_second_are_both_kept(house: House) -> None:
    one, other = house.payloads(110, house.now)[0], house.payloads(190, house.now)[0]
    same_number = other._replace(raw=other.raw[:1] + one.raw[1:3] + other.raw[3:])

    house.download([one, same_number])
    house.download([one, same_number])

    assert sorted(values(house)) == [110, 190]


@pytest.mark.parametrize("point", [Point.TAKE_IN_AFTER_LEDGER, Point.TAKE_IN_AFTER_APPEND])
def test_killed_while_readings_come_in_it_has_exactly_them_in_the_end(
    house: House, server: HttpServer, point: Point
) -> None:
    house.titration()
    payloads = house.fasting_payloads(150, 155, 158) + house.payloads(50, house.now)
    with when(point, server.kill), pytest.raises(Unavailable):
        house.download(payloads)
    server.start()

    house.download(payloads)

    assert sorted(values(house)) == [50, 150, 155, 158]
    assert [task.kind for task in house.all(Task)] == [TaskKind.URGENT_READING]
    assert house.all(DueWork, kind=WorkKind.ASSESS.value) == []


def test_what_was_durable_is_assessed_by_the_heartbeat_though_nobody_sends_it_again(
    house: House, server: HttpServer
) -> None:
    with when(Point.TAKE_IN_AFTER_APPEND, server.kill), pytest.raises(Unavailable):
        house.download(house.payloads(50, house.now))
    house.beat()
    server.start()
    house.clock.advance(minutes=3)

    house.beat()

    assert [task.kind for task in house.all(Task)] == [TaskKind.URGENT_READING]


def test_while_it_is_down_nothing_is_acknowledged_and_afterwards_all_is_there(house: House, server: HttpServer) -> None:
    hub = HubAtHome(house, METER)
    house.measure(120, hours_ago=2)
    sent = batch(house, house.payloads(140, house.now - timedelta(hours=1)))
    server.kill()

    refused = hub.send(sent, key="one")
    page = house.browser(house.anna).get("/readings")
    today = house.page(house.anna, "/today")
    server.start()
    taken = hub.send(sent, key="one")

    assert (refused.status_code, page.status_code, taken.status_code) == (503, 503, 201)
    assert "The values cannot be reached just now" in page.get_data(as_text=True)
    assert "The values cannot be reached just now" in today
    assert sorted(values(house)) == [120, 140]
    assert "140" in house.page(house.anna, "/readings")


def test_the_service_starts_though_its_readings_are_away(server: HttpServer, tmp_path: Path) -> None:
    server.kill()

    house = House(tmp_path, readings_url=f"influxdb://127.0.0.1:{server.port}/readings")

    assert "The values cannot be reached just now" in house.page(house.anna, "/today")
