"""While readings are moved: everything can be read, doses go on, no reading is added or erased, and nothing is lost."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from companion.devices.models import Intake
from companion.erasing.erase import Places, erase
from companion.erasing.models import Erasure
from companion.errors import Closed
from companion.services import build_services
from companion.settings import load_settings
from tests.apps import app_over
from tests.web.loop.house import House
from tests.web.loop.test_batches import METER, HubAtHome, batch

VALUE = {"value": "7,8", "unit": "mmol/L", "meal": "fasting", "time": "2026-03-04T07:05"}
"""As it is typed in."""


@pytest.fixture(params=[False, True], ids=["with-records", "of-its-own"])
def moving(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    """One reading is there, in a store with the records or in one of its own; then the service is read-only."""
    house = House(tmp_path, separate_readings=request.param)
    house.measure(120)
    turn(house, is_read_only=True)
    return house


def turn(house: House, *, is_read_only: bool) -> None:
    """What another setting and a restart do."""
    house.stores = replace(house.stores, is_read_only=is_read_only)
    house.services = replace(house.services, stores=house.stores)
    house.app = app_over(house.services)


def test_the_setting_makes_the_service_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPANION_DATABASE_URL", f"sqlite:///{tmp_path / 'companion.db'}")
    monkeypatch.setenv("COMPANION_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("COMPANION_READ_ONLY", "true")

    services = build_services(load_settings())

    assert services.stores.is_read_only
    assert services.work_on_files() == 0


def test_values_are_shown_and_new_ones_are_refused_in_plain_words(moving: House) -> None:
    browser = moving.browser(moving.anna)

    shown = browser.get("/readings")
    answer = browser.send("/readings/new/glucose", VALUE)

    page = answer.get_data(as_text=True)
    assert "120" in shown.get_data(as_text=True)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Nothing new can be taken in just now" in page
    assert [reading.value for reading in moving.readings()] == [120]


def test_a_hub_keeps_its_batch_and_sends_it_again(moving: House) -> None:
    hub = HubAtHome(moving, METER)
    sent = batch(moving, moving.payloads(140, moving.now - timedelta(hours=1)))
    refused = hub.send(sent, key="one")
    noted = len(moving.all(Intake))
    turn(moving, is_read_only=False)
    hub.client = moving.app.test_client()

    again = hub.send(sent, key="one")

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert refused.get_json()["detail"] == "Readings are being moved. Send the same again later."
    assert noted == 1  # that of the reading before
    assert again.status_code == 201
    assert sorted(reading.value for reading in moving.readings() if reading.value) == [120, 140]


def test_nobody_is_erased_half_way_between_two_stores(moving: House) -> None:
    with pytest.raises(Closed):
        erase(
            Places(moving.stores, moving.services.originals),
            moving.anna.public_id,
            by="command line",
            now=moving.now,
            keep_years=15,
        )

    assert moving.all(Erasure) == []
    assert len(moving.readings()) == 1


def test_reminders_go_out_and_doses_are_answered(moving: House) -> None:
    moving.clock.instant = moving.local("2026-03-05 06:00")
    moving.prescribe()
    moving.beat()
    moving.clock.instant = moving.local("2026-03-05 08:00")

    left = moving.beat()

    assert [said.to for said in left] == [moving.anna.phone]
