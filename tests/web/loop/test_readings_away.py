"""The readings' server does not answer: pages say so in plain words, doses go on, nothing is acknowledged that is not
kept."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from companion.care.due_work import DueWork, WorkKind
from companion.errors import Unavailable
from companion.jobs import note_beat
from companion.readings.store import ReadingStore
from tests.apps import app_over
from tests.web.loop.house import House
from tests.web.loop.test_batches import METER, HubAtHome, batch


class LosesTouch:
    """A store of readings that can be reached, or cannot."""

    def __init__(self, store: ReadingStore) -> None:
        self.store, self.is_away = store, False

    def __getattr__(self, name: str) -> Any:
        if self.is_away and name not in ("joins", "capabilities"):
            raise Unavailable("no InfluxDB answers", where="readings", advice="start it")
        return getattr(self.store, name)


@pytest.fixture
def link(house: House) -> LosesTouch:
    """The house with its readings in a store that can go away."""
    link = LosesTouch(house.stores.readings)
    house.stores = replace(house.stores, readings=link)
    house.services = replace(house.services, stores=house.stores)
    house.app = app_over(house.services)
    return link


def test_a_page_of_values_says_what_to_do_and_asks_for_another_try(house: House, link: LosesTouch) -> None:
    browser = house.browser(house.anna)
    link.is_away = True

    answer = browser.get("/readings")

    page = answer.get_data(as_text=True)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "The values cannot be reached just now" in page
    assert "Come back in a few minutes" in page
    assert "InfluxDB" not in page


def test_doses_can_be_answered_without_the_values(house: House, link: LosesTouch) -> None:
    house.clock.instant = house.local("2026-03-04 06:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-04 08:05")
    house.beat()
    link.is_away = True

    page = house.page(house.anna, "/today")

    assert "The values cannot be reached just now" in page
    assert "Now it is time for" in page


def test_the_family_sees_the_doses_and_that_values_are_away(house: House, link: LosesTouch) -> None:
    link.is_away = True

    page = house.page(house.ben, "/caregiver")

    assert "The values cannot be reached just now" in page


def test_the_service_is_not_ready_without_its_readings(house: House, link: LosesTouch) -> None:
    note_beat(house.engine, house.now)
    client = house.app.test_client()
    ready = client.get("/readyz")
    link.is_away = True

    away = client.get("/readyz")

    assert (ready.status_code, away.status_code) == (200, 503)
    assert away.get_json()["reasons"] == {"readings": "no_answer"}


def test_reminders_leave_though_no_reading_can_be_looked_at(house: House, link: LosesTouch) -> None:
    house.clock.instant = house.local("2026-03-04 06:00")
    house.prescribe()
    house.measure(120)
    house.beat()
    link.is_away = True
    with pytest.raises(Unavailable):
        house.measure(130)
    house.clock.instant = house.local("2026-03-04 08:00")

    left = house.beat()

    assert [said.to for said in left] == [house.anna.phone]


def test_a_batch_is_not_acknowledged_and_loses_nothing_by_coming_again(house: House, link: LosesTouch) -> None:
    hub = HubAtHome(house, METER)
    sent = batch(house, house.payloads(140, house.now - timedelta(hours=1)))
    link.is_away = True
    refused = hub.send(sent, key="one")
    link.is_away = False

    again = hub.send(sent, key="one")

    assert (refused.status_code, refused.get_json()["code"]) == (503, "unavailable")
    assert refused.headers["Retry-After"] == "60"
    assert again.status_code == 201
    assert [reading.value for reading in house.readings()] == [140]
    assert house.all(DueWork, kind=WorkKind.ASSESS.value) == []
